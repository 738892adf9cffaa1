package logs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/gantry-cd/gantry/engine"
)

// Reader reads a log, which may still grow. Its methods may be called from any goroutine.
type Reader struct {
	mu      sync.Mutex
	file    *os.File
	offsets []int64 // of the lines 0, every, 2*every…
	lines   int     // complete lines
	end     int64   // where the last of them ends
	seen    int64   // how far the file was searched for line breaks
	buffer  *bufio.Reader
	last    place // behind what was read last: who reads on need not look for it
}

// place is where a line begins in the file.
type place struct {
	line   int
	offset int64
}

var _ engine.Log = (*Reader)(nil)

// Open opens a log for reading; one that does not exist is an fs.ErrNotExist error.
func Open(path string) (*Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open a log: %w", err)
	}
	r := newReader(file, readIndex(path))
	if err := r.grow(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return r, nil
}

func newReader(file *os.File, offsets []int64) *Reader {
	r := &Reader{file: file, offsets: []int64{0}}
	if offsets = believable(offsets, file); offsets != nil {
		r.offsets = offsets
		r.lines = (len(offsets) - 1) * every
		r.end = offsets[len(offsets)-1]
		r.seen = r.end
	}
	return r
}

// grow counts the lines that were added to the file. The caller holds mu.
func (r *Reader) grow() error {
	info, err := r.file.Stat()
	if err != nil {
		return fmt.Errorf("read a log: %w", err)
	}
	if info.Size() <= r.seen {
		return nil
	}
	block := make([]byte, min(info.Size()-r.seen, 256<<10))
	for r.seen < info.Size() {
		n, err := r.file.ReadAt(block[:min(int64(len(block)), info.Size()-r.seen)], r.seen)
		if n == 0 && err != nil {
			return fmt.Errorf("read a log: %w", err)
		}
		r.count(block[:n])
	}
	return nil
}

// count takes the next bytes of the file into account.
func (r *Reader) count(block []byte) {
	for at := 0; ; {
		i := bytes.IndexByte(block[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
		r.lines++
		r.end = r.seen + int64(at)
		if r.lines%every == 0 {
			r.offsets = append(r.offsets, r.end)
		}
	}
	r.seen += int64(len(block))
}

// Len is how many complete lines there are now.
func (r *Reader) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.grow() // what was counted before still stands
	return r.lines
}

// Lines reads at most n lines from line from on; fewer at the end of the log.
func (r *Reader) Lines(from, n int) ([]engine.LogLine, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.grow(); err != nil {
		return nil, err
	}
	from = max(from, 0)
	n = min(n, r.lines-from)
	if n <= 0 {
		return nil, nil
	}
	start := place{from / every * every, r.offsets[from/every]}
	if r.last.line > start.line && r.last.line <= from {
		start = r.last
	}
	section := io.NewSectionReader(r.file, start.offset, r.end-start.offset)
	if r.buffer == nil {
		r.buffer = bufio.NewReaderSize(section, 16<<10)
	} else {
		r.buffer.Reset(section)
	}
	for range from - start.line {
		length, err := skip(r.buffer)
		if err != nil {
			return nil, fmt.Errorf("read line %d of %s: %w", from, r.file.Name(), err)
		}
		start.offset += length
	}
	lines := make([]engine.LogLine, 0, n)
	for range n {
		text, err := r.buffer.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("read line %d of %s: %w", from+len(lines), r.file.Name(), err)
		}
		lines = append(lines, parseLine(text[:len(text)-1]))
		start.offset += int64(len(text))
	}
	r.last = place{from + n, start.offset}
	return lines, nil
}

// skip passes over one line without keeping it, and says how long it is.
func skip(from *bufio.Reader) (length int64, err error) {
	for {
		part, err := from.ReadSlice('\n')
		length += int64(len(part))
		if !errors.Is(err, bufio.ErrBufferFull) {
			return length, err
		}
	}
}

// Close lets go of the file.
func (r *Reader) Close() error { return r.file.Close() }
