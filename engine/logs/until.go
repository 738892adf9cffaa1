package logs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sort"
	"time"
)

// Until is how many lines had been written at a moment. Of the lines of which the index knows where they begin it reads the
// dates of a few, and then those of the lines between two of them.
func (r *Reader) Until(at time.Time) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.grow(); err != nil {
		return 0, err
	}
	var failure error
	later := sort.Search((r.lines+every-1)/every, func(i int) bool {
		date := make([]byte, len(stamp))
		n, err := r.file.ReadAt(date, r.offsets[i])
		if err != nil && !errors.Is(err, io.EOF) {
			failure = err
		}
		return after(date[:n], at)
	})
	if later == 0 || failure != nil {
		return 0, r.undated(failure)
	}
	line := (later - 1) * every
	section := bufio.NewReaderSize(io.NewSectionReader(r.file, r.offsets[later-1], r.end-r.offsets[later-1]), 4<<10)
	for end := min(r.lines, line+every); line < end; line++ {
		date, err := section.Peek(len(stamp))
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, r.undated(err)
		}
		if after(date, at) {
			break
		}
		if _, err := skip(section); err != nil {
			return 0, r.undated(err)
		}
	}
	return line, nil
}

func (r *Reader) undated(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("find a moment in %s: %w", r.file.Name(), err)
}

// after tells whether a line that begins so was written after a moment. What a crash has left of a line has no date, and
// stands where the lines around it stand.
func after(line []byte, at time.Time) bool {
	date, dated := parseStamp(line)
	return dated && date.After(at)
}
