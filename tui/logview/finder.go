package logview

import (
	"fmt"

	"github.com/gantry-cd/gantry/engine/terminal"
	"github.com/gantry-cd/gantry/tui/text"
)

// finder looks through the whole log for lines of one kind, a chunk at a time in the background, and goes on as the log
// grows. A nil finder finds nothing.
type finder struct {
	shown   string // as it was typed
	texts   []string
	judges  bool // a line that shows one of the texts is looked at more closely
	match   *terminal.Matcher
	set     lineSet
	near    int // the search begins with the lines around this one…
	onwards int // …and goes on in this direction: 1 or -1
	seek    int // 1 or -1: go to the next or previous line of the set as soon as it is known
	from    int // from this line
}

// scan is a part of a log to be searched for a finder.
type scan struct {
	of      *finder // whose it is, and nothing more: who searches does not touch it
	texts   []string
	judges  bool
	from, n int
}

func (f *finder) scan(total int) *scan {
	if f == nil {
		return nil
	}
	near, direction := f.near, f.onwards
	if f.seek != 0 {
		near, direction = f.from, f.seek
	}
	from, n, more := f.set.pending(total, near, direction)
	if !more {
		return nil
	}
	return &scan{of: f, texts: f.texts, judges: f.judges, from: from, n: n}
}

// sought is the line that a pending move leads to: the nearest one that may be shown, round the ends of the log if need
// be. It is not known as long as a nearer one might be found; found is below 0 when there is none at all.
func (f *finder) sought(total int, may func(line int) bool) (found int, known bool) {
	all := f.set.known >= total
	if nearest := f.nearest(f.from, may); nearest >= 0 {
		return nearest, all || f.set.whole(min(f.from, nearest), max(f.from, nearest))
	}
	round := 0
	if f.seek < 0 {
		round = total - 1
	}
	return f.nearest(round, may), all
}

// nearest is the first line of the set that may be shown, from a line on in the direction that is sought in; below 0 there
// is none.
func (f *finder) nearest(from int, may func(line int) bool) int {
	step := f.set.next
	if f.seek < 0 {
		step = f.set.prev
	}
	at := step(from)
	for at >= 0 && !may(at) {
		at = step(at + f.seek)
	}
	return at
}

// counter is where the finder stands: "3/17" when the mark is on one of its lines; with how much of the log has been
// searched while that is not all.
func (f *finder) counter(mark, total int) string {
	all := f.set.known >= total
	progress := ""
	if !all {
		progress = fmt.Sprintf(", %d %% searched", int(100*float64(f.set.known)/float64(max(1, total))))
	}
	switch n := f.set.size; {
	case n == 0 && all:
		return "no match"
	case n == 0:
		return "searching" + progress
	case all && mark >= 0 && f.set.has(mark):
		return text.Count(f.set.rank(mark)) + "/" + text.Count(n)
	case n == 1:
		return "1 match" + progress
	default:
		return text.Count(n) + " matches" + progress
	}
}
