package logs

import (
	"bytes"
	"fmt"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/terminal"
)

// searchBlock is how much of a log a search reads at once: small enough to stay in the processor's cache.
const searchBlock = 256 << 10

var _ engine.LogSearcher = (*Reader)(nil)

// Search finds lines that show any of the texts. Other readers go on meanwhile.
func (r *Reader) Search(texts []string, from, n int) (hits []int, next int, err error) {
	from = max(from, 0)
	at, end, upto, err := r.extent(from, n)
	if err != nil || upto <= from {
		return nil, max(0, min(from, upto)), err
	}
	s := seeker{match: terminal.NewMatcher(texts...), line: from / every * every, from: from, upto: upto}
	block := make([]byte, min(searchBlock, end-at))
	kept := 0 // bytes of a line whose end has not been read
	for at < end && s.line < upto {
		if kept == len(block) {
			block = append(block, make([]byte, len(block))...)
		}
		read, err := r.file.ReadAt(block[kept:min(int64(len(block)), int64(kept)+end-at)], at)
		if read == 0 {
			return s.hits, min(s.line, upto), fmt.Errorf("search %s: %w", r.file.Name(), err)
		}
		at += int64(read)
		used := s.through(block[:kept+read])
		kept = copy(block, block[used:kept+read])
	}
	return s.hits, s.line, nil
}

// extent is where in the file the lines from line from on begin, at an entry of the index; where they end at most; and the
// line behind the last one.
func (r *Reader) extent(from, n int) (start, end int64, upto int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.grow(); err != nil {
		return 0, 0, 0, err
	}
	upto = r.lines
	if n < upto-from {
		upto = from + max(0, n)
	}
	if from >= r.lines {
		return 0, 0, r.lines, nil
	}
	end = r.end
	if last := (upto + every - 1) / every; last < len(r.offsets) {
		end = r.offsets[last]
	}
	return r.offsets[from/every], end, upto, nil
}

// seeker goes through the lines of a file.
type seeker struct {
	match      *terminal.Matcher
	line       int // the next one
	from, upto int
	hits       []int
}

// through looks at the whole lines in a block, and says how many bytes they take.
func (s *seeker) through(block []byte) (used int) {
	used = bytes.LastIndexByte(block, '\n') + 1
	counted := 0 // bytes of the block whose lines are counted
	for _, start := range s.match.Lines(block[:used], textOf) {
		s.line += bytes.Count(block[counted:start], lineBreak)
		counted = start
		if s.line >= s.from && s.line < s.upto {
			s.hits = append(s.hits, s.line)
		}
	}
	s.line = min(s.line+bytes.Count(block[counted:used], lineBreak), s.upto)
	return used
}

var lineBreak = []byte{'\n'}
