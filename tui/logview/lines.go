package logview

import (
	"math/bits"
)

// chunkLines is how many lines are searched at a time.
const chunkLines = 1 << 16

// lineSet is which lines of a log something was found in, as far as it has been searched: a bit for every line.
type lineSet struct {
	chunks []chunk
	known  int // lines that have been searched
	size   int // lines in the set
}

type chunk struct {
	bits []uint64 // nil: none is in the set
	size int
	upto int // so many of its lines have been searched
}

// add takes the result of a search of the lines from line from up to line next, which lie in one chunk.
func (s *lineSet) add(from, next int, hits []int) {
	i := from / chunkLines
	for len(s.chunks) <= i {
		s.chunks = append(s.chunks, chunk{})
	}
	c := &s.chunks[i]
	upto := next - i*chunkLines
	if from-i*chunkLines != c.upto || upto <= c.upto {
		return // it is known already, or comes with a gap
	}
	s.known += upto - c.upto
	c.upto = upto
	if len(hits) > 0 && c.bits == nil {
		c.bits = make([]uint64, chunkLines/64)
	}
	for _, line := range hits {
		c.bits[line%chunkLines/64] |= 1 << (line % 64)
	}
	c.size += len(hits)
	s.size += len(hits)
}

// pending is what of a log of so many lines is to be searched next, beginning near a line and going on in one direction.
func (s *lineSet) pending(total, near, direction int) (from, n int, more bool) {
	if s.known >= total {
		return 0, 0, false
	}
	count := (total + chunkLines - 1) / chunkLines
	near = max(0, min(near/chunkLines, count-1))
	for i := range count {
		at := near + i
		if direction < 0 {
			at = near - i + count
		}
		at %= count
		upto := 0
		if at < len(s.chunks) {
			upto = s.chunks[at].upto
		}
		if has := min(chunkLines, total-at*chunkLines); upto < has {
			return at*chunkLines + upto, has - upto, true
		}
	}
	return 0, 0, false
}

// whole tells whether every line from one to another has been searched.
func (s *lineSet) whole(from, to int) bool {
	for i := from / chunkLines; i <= to/chunkLines; i++ {
		if i >= len(s.chunks) || s.chunks[i].upto < min(chunkLines, to+1-i*chunkLines) {
			return false
		}
	}
	return true
}

// next is the first line in the set from a line on; below 0 there is none.
func (s *lineSet) next(line int) int {
	line = max(0, line)
	for i := line / chunkLines; i < len(s.chunks); i++ {
		if c := &s.chunks[i]; c.size > 0 {
			first := line - i*chunkLines
			for w := max(0, first) / 64; w < len(c.bits); w++ {
				word := c.bits[w]
				if w == first/64 && first > 0 {
					word &= ^uint64(0) << (first % 64)
				}
				if word != 0 {
					return i*chunkLines + w*64 + bits.TrailingZeros64(word)
				}
			}
		}
	}
	return -1
}

// prev is the last line in the set up to a line; below 0 there is none.
func (s *lineSet) prev(line int) int {
	for i := min(line/chunkLines, len(s.chunks)-1); i >= 0 && line >= 0; i-- {
		if c := &s.chunks[i]; c.size > 0 {
			last := min(line-i*chunkLines, chunkLines-1)
			for w := last / 64; w >= 0; w-- {
				word := c.bits[w]
				if w == last/64 {
					word &= ^uint64(0) >> (63 - last%64)
				}
				if word != 0 {
					return i*chunkLines + w*64 + bits.Len64(word) - 1
				}
			}
		}
	}
	return -1
}

func (s *lineSet) has(line int) bool { return s.next(line) == line }

// rank is how many lines up to a line are in the set.
func (s *lineSet) rank(line int) (n int) {
	for i := range min(line/chunkLines, len(s.chunks)) {
		n += s.chunks[i].size
	}
	if i := line / chunkLines; i < len(s.chunks) && s.chunks[i].size > 0 {
		last := line % chunkLines
		for w, word := range s.chunks[i].bits[:last/64+1] {
			if w == last/64 {
				word &= ^uint64(0) >> (63 - last%64)
			}
			n += bits.OnesCount64(word)
		}
	}
	return n
}
