package process

import (
	"errors"
	"io"
	"os"
	"reflect"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	pipeSize = 1 << 20 // what a pipe may hold without privileges
	readSize = 256 << 10
	flood    = 32 << 10 // so many bytes without a pause are more than anybody reads as they come
	pause    = time.Millisecond
	nap      = pause / 2
)

// drain takes what a command writes out of its pipe without slowing it down. Who writes a line at a time would wake its
// reader for every one, and share the processor with it: while output floods, it is left to gather in a pipe that is large
// enough for that. What comes slowly is passed on at once, so that standard output and error keep their order.
type drain struct{ io.Writer }

// draining are the writers for standard output and error. The same one stays one, and a file is written to directly.
func draining(out, err io.Writer) (io.Writer, io.Writer) {
	same := out != nil && err != nil && reflect.TypeOf(out).Comparable() && reflect.TypeOf(out) == reflect.TypeOf(err) && out == err
	drained := func(w io.Writer) io.Writer {
		if _, file := w.(*os.File); file || w == nil {
			return w
		}
		return &drain{w}
	}
	if out = drained(out); same {
		return out, out
	}
	return out, drained(err)
}

// ReadFrom reads until the pipe is closed.
func (d *drain) ReadFrom(r io.Reader) (n int64, err error) {
	widen(r)
	block := make([]byte, 16<<10)
	var last time.Time
	burst := 0
	for {
		got, err := r.Read(block)
		if got > 0 {
			n += int64(got)
			if _, failed := d.Write(block[:got]); failed != nil {
				return n, failed
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, err
		}
		now := time.Now()
		if now.Sub(last) >= pause {
			burst = 0
		}
		if burst += got; burst >= flood {
			if len(block) < readSize {
				block = make([]byte, readSize)
			}
			if got < readSize {
				time.Sleep(nap)
				now = time.Now()
			}
		}
		last = now
	}
}

// widen makes a pipe hold more. Where that is refused it works as it is.
func widen(r io.Reader) {
	pipe, ok := r.(syscall.Conn)
	if !ok {
		return
	}
	if raw, err := pipe.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, pipeSize) })
	}
}
