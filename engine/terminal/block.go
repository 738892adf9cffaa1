package terminal

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
)

// pair is two neighbours in a needle that are seldom seen together, or one byte, repeated eight times to be compared with
// eight bytes of a log at once. The masks make capitals small, or blind.
type pair struct {
	first, second         uint64
	firstMask, secondMask uint64
	at                    int // the place of the first in the needle
}

const (
	ones = 0x0101010101010101
	tops = 0x80 * ones
	lows = 0x7f * ones
)

// newPair chooses the pair. usable tells which bytes of the needle stand in a line that shows it just as they are.
func newPair(folded string, usable []bool) (p pair) {
	least := -1
	for i := range len(folded) {
		if !usable[i] {
			continue
		}
		seldom := rarity(folded[i])
		two := i+1 < len(folded) && usable[i+1]
		if two {
			seldom += 1 + rarity(folded[i+1])
		}
		if seldom <= least {
			continue
		}
		least = seldom
		p = pair{at: i, first: ones * uint64(folded[i]), firstMask: mask(folded[i]), second: ^uint64(0), secondMask: ^uint64(0)}
		if two {
			p.second, p.secondMask = ones*uint64(folded[i+1]), mask(folded[i+1])
		}
	}
	return p
}

func mask(b byte) uint64 {
	if 'a' <= b && b <= 'z' {
		return ones * ('a' - 'A')
	}
	return 0
}

// Lines finds, in a block of whole lines, those that show any of the texts: where they begin, in order. textOf is the part
// of a line that counts, which is its end.
func (m *Matcher) Lines(block []byte, textOf func(line []byte) []byte) (starts []int) {
	for i := range m.needles {
		starts = m.needles[i].lines(block, textOf, starts)
	}
	if len(m.needles) > 1 {
		slices.Sort(starts)
		starts = slices.Compact(starts)
	}
	return starts
}

func (n *needle) lines(block []byte, textOf func(line []byte) []byte, starts []int) []int {
	alone := Matcher{needles: []needle{*n}}
	for at := 0; at < len(block); {
		special := false
		if n.known {
			if at, special = n.candidate(block, at); at >= len(block) {
				break
			}
		}
		if !special && n.simple && n.known && !n.mayStand(block, at-n.pair.at) {
			at++
			continue
		}
		start := bytes.LastIndexByte(block[:at], '\n') + 1
		end := next(block, '\n', at)
		if line := block[start:end]; alone.MayMatch(line) && alone.Match(textOf(line)) {
			starts = append(starts, start)
		}
		at = end + 1
	}
	return starts
}

// mayStand tells whether the line around a place may show the needle there, whose pair stands there. What a space of it is
// compared with may be a tab, and then only the whole line tells.
func (n *needle) mayStand(block []byte, at int) bool {
	for i := n.pair.at; i < len(n.folded); i++ {
		if b := block[min(at+i, len(block)-1)]; small(b) != n.folded[i] {
			return b == '\t' && n.folded[i] == ' '
		}
	}
	for i := n.pair.at - 1; i >= 0; i-- {
		if b := block[max(at+i, 0)]; small(b) != n.folded[i] {
			return b == '\t' && n.folded[i] == ' '
		}
	}
	return true
}

func small(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// candidate is the next place from which on a line is to be looked at closely: the pair stands there, or something special,
// because of which the line may show other words than its bytes are.
func (n *needle) candidate(block []byte, i int) (at int, specially bool) {
	p := n.pair
	for {
		i = p.skip(block, i)
		if i+9 > len(block) {
			break
		}
		x, y := binary.LittleEndian.Uint64(block[i:]), binary.LittleEndian.Uint64(block[i+1:])
		other := ((x | p.firstMask) ^ p.first) | ((y | p.secondMask) ^ p.second)
		stands := (other - ones) &^ other // its lowest top bit is right, and no other counts
		marks := (stands | unusual(x)) & tops
		for ; marks != 0; marks &= marks - 1 {
			at := i + bits.TrailingZeros64(marks)/8
			if n.pairAt(block, at) {
				return at, false
			}
			if special[block[at]] && rewrites(block[at:]) {
				return at, true
			}
		}
		i += 8
	}
	for ; i < len(block); i++ {
		if n.pairAt(block, i) {
			return i, false
		}
		if special[block[i]] && block[i] != '\n' && rewrites(block[i:]) {
			return i, true
		}
	}
	return i, false
}

// skip passes over what is certainly nothing, three times eight bytes at once.
func (p *pair) skip(block []byte, i int) int {
	for ; i+25 <= len(block); i += 24 {
		b := block[i : i+25 : i+25]
		x0, y0 := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[1:])
		x1, y1 := binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[9:])
		x2, y2 := binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint64(b[17:])
		o0 := ((x0 | p.firstMask) ^ p.first) | ((y0 | p.secondMask) ^ p.second)
		o1 := ((x1 | p.firstMask) ^ p.first) | ((y1 | p.secondMask) ^ p.second)
		o2 := ((x2 | p.firstMask) ^ p.first) | ((y2 | p.secondMask) ^ p.second)
		if ((o0-ones)&^o0|(o1-ones)&^o1|(o2-ones)&^o2|unusual(x0)|unusual(x1)|unusual(x2))&tops != 0 {
			break
		}
	}
	return i
}

func (n *needle) pairAt(block []byte, at int) bool {
	p := &n.pair
	if block[at]|byte(p.firstMask) != byte(p.first) {
		return false
	}
	return p.secondMask == ^uint64(0) || at+1 < len(block) && block[at+1]|byte(p.secondMask) == byte(p.second)
}

// unusual marks, in the top bit of each of eight bytes, what is neither printable ASCII nor a tab or line break.
func unusual(x uint64) uint64 {
	low := x & lows // so that no sum carries into the next byte
	printable := low + ones*(0x80-' ')
	tabs := (low + ones*(0x80-'\t')) &^ (low + ones*(0x80-'\n'-1))
	deleted := low + ones*(0x80-0x7f)
	return ^(printable | tabs) | x | deleted
}
