package logview

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A set of lines answers as a list of them would, in whatever order a log is searched.
func TestASetOfLinesIsAListOfThem(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		total := rapid.IntRange(1, 3*chunkLines).Draw(r, "lines")
		all := rapid.SliceOfNDistinct(rapid.IntRange(0, total-1), 0, 30, rapid.ID).Draw(r, "hits")
		slices.Sort(all)
		near, direction := rapid.IntRange(0, total).Draw(r, "near"), rapid.SampledFrom([]int{1, -1}).Draw(r, "direction")
		var s lineSet
		searched := 0
		for round := 0; ; round++ {
			from, n, more := s.pending(total, near, direction)
			if !more {
				break
			}
			if round == 0 && (from/chunkLines != min(near, total-1)/chunkLines) {
				r.Fatalf("the search begins at %d, not near %d", from, near)
			}
			next := from + min(n, rapid.IntRange(1, chunkLines).Draw(r, "as far as"))
			var hits []int
			for _, line := range all {
				if line >= from && line < next {
					hits = append(hits, line)
				}
			}
			s.add(from, next, hits)
			searched += next - from
		}
		if searched != total || s.known != total || s.size != len(all) || !s.whole(0, total-1) {
			r.Fatalf("searched %d of %d lines, found %d of %d", searched, total, s.size, len(all))
		}
		for range 20 {
			line := rapid.IntRange(0, total-1).Draw(r, "line")
			i, is := slices.BinarySearch(all, line)
			next, prev, rank := -1, -1, i
			if i < len(all) {
				next = all[i]
			}
			if is {
				prev, rank = line, i+1
			} else if i > 0 {
				prev = all[i-1]
			}
			if s.next(line) != next || s.prev(line) != prev || s.rank(line) != rank || s.has(line) != is {
				r.Fatalf("at %d: next %d, prev %d, rank %d, has %v; want %d, %d, %d, %v", line, s.next(line), s.prev(line), s.rank(line), s.has(line), next, prev, rank, is)
			}
		}
	})
}

func TestWhatIsNotSearchedYetIsNotWhole(t *testing.T) {
	var s lineSet
	s.add(chunkLines, 2*chunkLines, []int{chunkLines + 5})
	s.add(2*chunkLines, 2*chunkLines+100, nil)
	if !s.whole(chunkLines, 2*chunkLines+99) || s.whole(chunkLines-1, chunkLines) || s.whole(chunkLines, 2*chunkLines+100) {
		t.Error("what was searched and what was not are not told apart")
	}
	s.add(chunkLines, chunkLines+10, []int{chunkLines + 6}) // once more
	s.add(2*chunkLines+200, 2*chunkLines+300, nil)          // with a gap
	if s.known != chunkLines+100 || s.size != 1 {
		t.Errorf("%d lines known, %d in the set", s.known, s.size)
	}
}
