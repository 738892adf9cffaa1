package process

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// WriteProgram writes a file that is to be run. While a file is open for writing it cannot be: "text file busy"; and a
// child that is forked meanwhile holds it open until it has become its own program. So the file is open only while Go's
// lock keeps anything from being forked, a piece at a time, and never while more content is waited for. open opens the
// file to append to it.
func WriteProgram(content io.Reader, open func() (*os.File, error)) error {
	piece := make([]byte, 1<<20)
	for {
		n, err := io.ReadFull(content, piece)
		if err := appendUnseen(open, piece[:n]); err != nil {
			return err
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func appendUnseen(open func() (*os.File, error), piece []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	file, err := open()
	if err != nil {
		return err
	}
	_, err = file.Write(piece)
	return errors.Join(err, file.Close())
}
