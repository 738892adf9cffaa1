package logview

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"pgregory.net/rapid"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/theme"
)

func with(texts ...string) *situation.Lines {
	return (&situation.Lines{}).Add(time.Unix(0, 0), "run", texts...)
}

func (p *pane) seesNot(t *testing.T, unwanted ...string) {
	t.Helper()
	for _, s := range unwanted {
		if strings.Contains(p.text(), s) {
			t.Errorf("the view shows %q:\n%s", s, p.text())
		}
	}
}

func TestASearchGoesForwardAndBackAndRoundTheEnds(t *testing.T) {
	p := show(numbered(1000), 60, 12)
	p.ToTop()
	p.Find("LINE 5")
	for _, step := range []struct {
		direction int
		counter   string
		line      string
	}{{0, "1/111", "line 5."}, {1, "2/111", "line 50."}, {-1, "1/111", "line 5."}, {-1, "111/111", "line 599."}, {1, "1/111", "line 5."}} {
		if step.direction != 0 {
			p.Next(step.direction)
		}
		sees(t, p, step.counter, step.line)
		if p.mark < 0 || !strings.HasPrefix(fmt.Sprintf("line %d.", p.mark), "line 5") {
			t.Errorf("the mark is on line %d", p.mark)
		}
	}
	if p.Following() {
		t.Error("a search that has found something follows on")
	}
}

// A request at a time, as the background carries them out: what is known is shown at once, and how much has been searched.
func TestASearchOfALongLogShowsHowFarItIsAndFindsWhatIsNearFirst(t *testing.T) {
	lines := numbered(3*chunkLines + 10)
	p := show(lines, 60, 12)
	p.Reveal(2*chunkLines + 100)
	p.settle()
	p.Find("line 13")
	r := p.Want()
	if len(r) != 1 || r[0].scan == nil || r[0].scan.from != 2*chunkLines {
		t.Fatalf("the search begins elsewhere: %+v", r)
	}
	if again := p.Want(); len(again) != 0 {
		t.Errorf("two searches at once: %+v", again)
	}
	if !strings.Contains(p.box().Bottom[1].Text, "searching, 0 % searched") {
		t.Errorf("nothing found yet: %v", p.box().Bottom)
	}
	p.Take(Read(p.store, r[0]))
	if p.mark != 2*chunkLines+98+2 && p.mark < 2*chunkLines {
		t.Errorf("the nearest match is not shown at once: line %d", p.mark)
	}
	if counter := p.Counter(); !strings.HasSuffix(counter, "matches, 33 % searched") {
		t.Errorf("the counter says %q", counter)
	}
	p.settle()
	if counter := p.Counter(); !strings.Contains(counter, "/") {
		t.Errorf("the counter says %q", counter)
	}
}

func TestAFilterShowsMatchesWithTheLinesAroundThem(t *testing.T) {
	lines := numbered(200)
	p := show(lines, 60, 30)
	p.ToTop()
	p.Filter("line 50.")
	sees(t, p, "line 49.", "line 50.", "line 51.", "&line 50.  1 match, 1 around")
	p.seesNot(t, "line 48.", "line 52.")
	p.Around(2)
	sees(t, p, "line 47.", "line 53.", "3 around")
	p.Around(-9)
	sees(t, p, "line 50.")
	p.seesNot(t, "line 49.", "around")
	p.Around(1)
	lines.Add(time.Unix(0, 0), "run", "again line 50.")
	p.Grown()
	sees(t, p, "line 199.", "again line 50.", "147 lines", "2 matches")
	p.Filter("nowhere")
	sees(t, p, "no line shows nowhere")
	p.Filter("")
	sees(t, p, "line 49.", "line 52.")
}

func TestAFilteredLogIsFollowedAndCountsNewMatches(t *testing.T) {
	lines := numbered(100)
	p := show(lines, 60, 8)
	p.Filter("line 1")
	p.Around(-1)
	sees(t, p, "line 19.", "following")
	lines.Add(time.Unix(0, 0), "run", "line 1 once more")
	p.Grown()
	sees(t, p, "once more")
	p.Scroll(-2)
	lines.Add(time.Unix(0, 0), "run", "something else", "line 1 for the last time")
	p.Grown()
	sees(t, p, "1 new")
	p.seesNot(t, "last time")
	p.Bottom()
	sees(t, p, "last time", "following")
	p.seesNot(t, "something else")
}

func TestASearchStaysWithinTheFilter(t *testing.T) {
	p := show(with("a needle", "b", "c needle", "d", "a second needle"), 60, 12)
	p.Filter("a ")
	p.Around(-1)
	p.ToTop()
	p.Find("needle")
	p.settle()
	p.Next(1)
	if p.settle(); p.mark != 4 {
		t.Errorf("the mark is on line %d, which is hidden", p.mark)
	}
}

func TestASearchWhileFollowingFindsTheNewestMatchFirst(t *testing.T) {
	p := show(numbered(1000), 60, 12)
	p.Find("line 1")
	sees(t, p, "111/111", "line 199.")
	p.Next(-1)
	sees(t, p, "110/111", "line 198.")
	p.Bottom()
	p.settle()
	p.NextError(1)
	sees(t, p, "no match", "line 999.")
}

func TestErrorsAreGoneThroughForwardAndBack(t *testing.T) {
	texts := make([]string, 300)
	for i := range texts {
		texts[i] = fmt.Sprintf("0 errors in line %d.", i)
	}
	texts[40], texts[150], texts[290] = "--- FAIL: TestCheckout (0.01s)", "src/main.rs:1: error: expected one of", "java.lang.IllegalStateException: closed"
	p := show(with(texts...), 70, 12)
	p.ToTop()
	for _, step := range []struct{ direction, line int }{{1, 40}, {1, 150}, {1, 290}, {1, 40}, {-1, 290}, {-1, 150}} {
		p.NextError(step.direction)
		if p.settle(); p.mark != step.line {
			t.Errorf("at line %d instead of %d", p.mark, step.line)
		}
	}
	sees(t, p, "errors  2/3", "main.rs")
}

func TestWhatTellsOfAnError(t *testing.T) {
	for text, bad := range map[string]bool{
		"--- FAIL: TestX (0.00s)": true, "FAIL\tgithub.com/x/y\t0.1s": true, "panic: runtime error: index out of range": true, "    x_test.go:3: Error: not equal": true,
		"error[E0308]: mismatched types": true, "2026-01-01 ERROR [main] c.x.Y - it broke": true, "npm ERR! code 1": false, "Exception in thread \"main\"": true,
		"not ok 3 - it adds": true, "✗ it adds": true, "Build failed with an exception.": true, "java.io.IOException: closed": true, "fatal: not a git repository": true,
		"0 errors, 0 failures": false, "Tests run: 12, Failures: 0, Errors: 0": false, "no errors": false, "--- PASS: TestError (0.00s)": false, "=== RUN   TestFail": false,
		"ok  \tgithub.com/x/errors\t0.1s": false, "loading error_handler.rb": false, "all is well": false, "errors.go:12: fine": false,
	} {
		if got := meaning(text) == theme.Bad; got != bad {
			t.Errorf("%q tells of an error: %v, want %v", text, got, bad)
		}
	}
}

func TestALongWrappedLineIsReadToItsEnd(t *testing.T) {
	json := strings.Repeat("0123456789", 9000)
	p := show(with("before", json+"Ω", "after"), 60, 12)
	p.ToggleWrap()
	p.ToTop()
	sees(t, p, "before", "0123456789", "wrapped")
	p.seesNot(t, "Ω")
	for range 400 {
		if p.Page(1); strings.Contains(p.text(), "Ω") {
			break
		}
	}
	sees(t, p, "Ω", "after", "following")
	p.Page(-1)
	p.seesNot(t, "before", "after")
	sees(t, p, "0123456789")
}

func TestALineOfNinetyThousandCharactersIsDrawnLikeAnyOther(t *testing.T) {
	short, long := show(with("x"), 120, 30), show(with(strings.Repeat("x\x1b[31my ", 30_000)), 120, 30)
	cost := func(p *pane) float64 {
		return testing.AllocsPerRun(20, func() { p.drawn = nil; p.Draw() })
	}
	if s, l := cost(short), cost(long); l > s+150 {
		t.Errorf("a short line takes %v allocations, a long one %v", s, l)
	}
}

func TestTimesAreOfDayToTheMillisecondSinceTheBeginningOrNone(t *testing.T) {
	lines := &situation.Lines{}
	begun := time.Date(2026, 3, 1, 12, 0, 0, 0, time.Local)
	lines.Add(begun, "run", "first").Add(begun.Add(64*time.Second+250*time.Millisecond), "run", "second").Add(begun.Add(3*time.Hour), "run", "third")
	p := show(lines, 60, 12)
	for _, want := range [][]string{{"12:01:04  second"}, {"12:01:04.250  second"}, {"+1m04.2s  second", "+3h00m  third"}, {"│ second"}} {
		sees(t, p, want...)
		p.TurnTimes()
	}
}

func TestColoursOfAProgramAreShownAndItsOtherSequencesAreNot(t *testing.T) {
	p := &pane{New(theme.New(theme.Options{Profile: termenv.TrueColor})), with("\x1b[1;32mgreen\x1b[0m \x1b[38;2;1;2;3mmixed\x1b[0m \x1b]0;owned\x07\x1b[2J\x1b[31mhalf red\r\x1b[4mover")}
	p.Resize(60, 5)
	p.Show(Title{Name: "x"}, true, "")
	drawn := strings.Join(p.settle().Draw(), "\n")
	for _, want := range []string{"over"} {
		if !strings.Contains(ansi.Strip(drawn), want) {
			t.Errorf("%q is not shown: %q", want, drawn)
		}
	}
	if !strings.Contains(drawn, "\x1b[4;31mover") {
		t.Errorf("the colours are lost: %q", drawn)
	}
	for _, bad := range []string{"owned", "green", "\x1b[2J", "\r", "\x07"} {
		if strings.Contains(drawn, bad) {
			t.Errorf("%q is shown: %q", bad, drawn)
		}
	}
}

func TestLinesAreSelectedAndTaken(t *testing.T) {
	p := show(numbered(100), 60, 12)
	if part, found := p.Selected(); !found || part.From != 99 || part.To != 100 {
		t.Errorf("while following the newest line is meant, not %+v", part)
	}
	p.Reveal(50)
	p.settle()
	p.ToggleSelect()
	p.Scroll(3)
	sees(t, p, "4 selected")
	if part, _ := p.Selected(); part.From != 50 || part.To != 54 {
		t.Errorf("selected %+v", part)
	}
	p.Scroll(-40)
	sees(t, p, "38 selected", "line 13.")
	p.Bottom()
	sees(t, p, "50 selected", "line 99.")
	p.ToTop()
	sees(t, p, "51 selected", "line 0.")
	p.ToggleSelect()
	p.seesNot(t, "selected")
}

// What a part of a log writes is the lines that the view shows.
func TestWhatIsTakenAwayIsWhatIsShown(t *testing.T) {
	store := with("a \x1b[31mneedle\x1b[0m", "b", "10%\r100%", "c", "d", "another Needle", "e")
	for _, c := range []struct {
		part Part
		want string
	}{
		{Part{To: -1}, "a needle\nb\n100%\nc\nd\nanother Needle\ne\n"},
		{Part{From: 1, To: 3}, "b\n100%\n"},
		{Part{From: 5, To: 300}, "another Needle\ne\n"},
		{Part{To: -1, Filter: "needle"}, "a needle\nanother Needle\n"},
		{Part{To: -1, Filter: "needle", Context: 1}, "a needle\nb\nd\nanother Needle\ne\n"},
		{Part{From: 1, To: 5, Filter: "needle", Context: 1}, "b\nd\n"},
		{Part{To: -1, Filter: "needle", Context: 9}, "a needle\nb\n100%\nc\nd\nanother Needle\ne\n"},
		{Part{From: 1, To: 2, Dated: true}, time.Unix(0, 0).Local().Format(dated) + " run: b\n"},
		{Part{To: -1, Filter: "nothing"}, ""},
	} {
		var b strings.Builder
		n, err := c.part.WriteTo(&b, store)
		if err != nil || b.String() != c.want || n != strings.Count(c.want, "\n") {
			t.Errorf("%+v writes %q (%d lines), %v; want %q", c.part, b.String(), n, err, c.want)
		}
	}
	if _, err := (Part{To: -1}).WriteTo(&strings.Builder{}, broken{}); err == nil {
		t.Error("a log that cannot be read is no error")
	}
}

func TestALogThatCannotBeSearchedIsAskedAgainOnlyWhenItHasGrown(t *testing.T) {
	p := show(numbered(10), 60, 12)
	p.store = unsearchable{p.store}
	p.Find("line")
	p.settle() // ends
	p.store = numbered(11)
	p.Grown()
	sees(t, p, "10/11")
}

type unsearchable struct{ Store }

func (unsearchable) Close() error { return nil }

func (unsearchable) Until(time.Time) (int, error) { return 0, os.ErrClosed }

func (unsearchable) Search([]string, int, int) ([]int, int, error) { return nil, 0, os.ErrClosed }

var _ engine.LogSearcher = unsearchable{}

// Whatever is in a log, whatever is done with the view and however it is resized, every frame is as large as it was asked
// to be, and holds no control character but those of the theme.
func TestEveryFrameIsExactlyAsLargeAsAskedWhateverBytesCome(t *testing.T) {
	colours := theme.New(theme.Options{Profile: termenv.ANSI256})
	pieces := []string{"\x1b[31m", "\x1b[48;5;9m", "\x1b[0m", "\x1b]0;x\a", "\r", "\b", "\t", "東京", "🚀", "👨\u200d👩\u200d👧", "🇩🇪", "é", "e\u0301", "\u202e", "\xff\xfe", "\x9b31m", "error: ", "needle", strings.Repeat("wide ", 60), strings.Repeat("界", 80)}
	rapid.Check(t, func(r *rapid.T) {
		line := rapid.Custom(func(r *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(pieces), rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })), 0, 8).Draw(r, "pieces"), "")
		})
		lines := &situation.Lines{}
		add := func(most int) {
			for range rapid.IntRange(0, most).Draw(r, "lines") {
				lines.Add(time.Unix(rapid.Int64Range(0, 1e6).Draw(r, "at"), 0), rapid.SampledFrom([]string{"", "run", "schön 界 und lang"}).Draw(r, "step"), line.Draw(r, "line"))
			}
		}
		add(40)
		p := &pane{New(colours), lines}
		w, h := rapid.IntRange(2, 130).Draw(r, "width"), rapid.IntRange(2, 40).Draw(r, "height")
		p.Resize(w, h)
		p.Show(Title{Name: "qa/e2e", Live: true, Keys: "/ search"}, true, "")
		n := 0
		moves := []func(){
			p.ToTop, p.Bottom, p.ToggleWrap, p.ToggleSelect, func() { p.TurnTimes() }, func() { p.Scroll(n) }, func() { p.Page(n) }, func() { p.Sideways(n) },
			func() { p.Find("needle") }, func() { p.Find("") }, func() { p.Next(1) }, func() { p.Next(-1) }, func() { p.NextError(1) }, func() { p.NextError(-1) },
			func() { p.Filter("e") }, func() { p.Filter("") }, func() { p.Around(n) }, func() { p.Reveal(max(0, n)) }, func() { add(5); p.Grown() },
			func() { w, h = max(2, w+n), max(2, h-n); p.Resize(w, h) },
		}
		for range rapid.IntRange(1, 12).Draw(r, "moves") {
			n = rapid.IntRange(-30, 30).Draw(r, "by")
			rapid.SampledFrom(moves).Draw(r, "move")()
			if rapid.Bool().Draw(r, "at once") { // before anything has been read
				size(r, p.Draw(), w, h)
			}
			size(r, p.settle().Draw(), w, h)
		}
	})
}

func size(r *rapid.T, drawn []string, w, h int) {
	if len(drawn) != h {
		r.Fatalf("%d lines instead of %d", len(drawn), h)
	}
	for _, line := range drawn {
		if ansi.StringWidth(line) != w {
			r.Fatalf("%d cells instead of %d: %q", ansi.StringWidth(line), w, line)
		}
		for _, c := range ansi.Strip(line) {
			if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 {
				r.Fatalf("%q holds %q", line, c)
			}
		}
	}
}
