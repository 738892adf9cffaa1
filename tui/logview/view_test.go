package logview

import (
	"fmt"
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

// pane is a view whose requests are answered at once.
type pane struct {
	*View
	store Store
}

func show(store Store, w, h int) *pane {
	p := &pane{New(theme.New(theme.Options{Palette: theme.Mono, Profile: termenv.Ascii})), store}
	p.Resize(w, h)
	p.Show(Title{Name: "qa/e2e", Attempt: 1, Live: true}, true, "")
	return p.settle()
}

// settle reads until nothing is wanted any more.
func (p *pane) settle() *pane {
	for {
		wanted := p.Want()
		if len(wanted) == 0 {
			return p
		}
		for _, r := range wanted {
			p.Take(Read(p.store, r))
		}
	}
}

func (p *pane) text() string { return ansi.Strip(strings.Join(p.settle().Draw(), "\n")) }

func numbered(n int) *situation.Lines {
	l := &situation.Lines{}
	for i := range n {
		l.Add(time.Unix(0, 0), "run", fmt.Sprintf("line %d.", i))
	}
	return l
}

func TestALineIsShownAlsoBeforeAnybodyKnowsHowLongTheLogIs(t *testing.T) {
	p := show(numbered(1000), 60, 12)
	p.Show(Title{Name: "qa/e2e"}, true, "")
	p.Reveal(500)
	sees(t, p, "▌00:00:00  line 500.", "line 497.")
	p.store.(*situation.Lines).Add(time.Unix(0, 0), "run", "the newest")
	p.Reveal(1000) // the view has not been told yet
	p.Grown()
	sees(t, p, "▌00:00:00  the newest")
}

func TestTheMarkedLineStaysOnTheScreenWhateverItsSize(t *testing.T) {
	p := show(numbered(1000), 60, 40)
	p.Reveal(500)
	for _, h := range []int{5, 20, 3, 40} {
		p.Resize(60, h)
		sees(t, p, "▌00:00:00  line 500.")
	}
}

func sees(t *testing.T, p *pane, want ...string) {
	t.Helper()
	for _, s := range want {
		if !strings.Contains(p.text(), s) {
			t.Errorf("the view does not show %q:\n%s", s, p.text())
		}
	}
}

func TestItFollowsUntilItIsScrolledAndAgainAtTheBottom(t *testing.T) {
	lines := numbered(100)
	p := show(lines, 60, 12)
	sees(t, p, "line 99.", "following")
	p.Scroll(-5)
	lines.Add(time.Unix(0, 0), "run", "a new one")
	p.Grown()
	sees(t, p, "line 94.", "1 new", "86 of 101 lines")
	if strings.Contains(p.text(), "a new one") {
		t.Error("a view that was scrolled back jumped to the end")
	}
	p.Scroll(6)
	sees(t, p, "a new one", "following")
}

func TestItReadsOnlyWhatIsOnTheScreenAndAPageAround(t *testing.T) {
	lines := numbered(1_000_000)
	p := show(lines, 80, 42)
	for _, move := range []func(){p.ToTop, p.Bottom, func() { p.Page(-3) }, func() { p.Reveal(500_000) }, func() { p.Page(1) }} {
		move()
		p.settle()
	}
	if lines.Asked() > 6*3*42+1 {
		t.Errorf("%d lines were read for six screens of 40", lines.Asked())
	}
	sees(t, p, "line 500030.")
}

func TestASearchGoesThroughAMillionLinesAndGoesOnWhileTheLogGrows(t *testing.T) {
	lines := numbered(100_000)
	lines.Add(time.Unix(0, 0), "run", "a Needle here")
	p := show(lines, 60, 12)
	p.ToTop()
	p.Find("needle")
	sees(t, p, "a Needle here", "1/1")
	lines.Add(time.Unix(0, 0), "run", "another needle")
	p.Grown()
	sees(t, p, "1/2")
	p.Next(1)
	sees(t, p, "2/2", "another needle")
	p.Next(-1)
	p.Find("nowhere")
	sees(t, p, "no match")
}

func TestALogCannotWriteToTheTerminal(t *testing.T) {
	lines := (&situation.Lines{}).Add(time.Unix(0, 0), "\x1b[2J", "\x1b]0;owned\x07title", "10%\r50%\r100% done\r", "\x1b[31mred\x1b[0m\x9b2J", "a\tb")
	p := show(lines, 60, 12)
	sees(t, p, "title", "100% done", "red", "a       b")
	for _, bad := range []string{"\x1b", "\x07", "\r", "\t", "owned", "10%"} {
		if strings.Contains(strings.Join(p.Draw(), "\n"), bad) {
			t.Errorf("the view lets %q through", bad)
		}
	}
}

func TestALineOfMegabytesIsWrappedOnlyAsFarAsItIsSeen(t *testing.T) {
	lines := (&situation.Lines{}).Add(time.Unix(0, 0), "run", strings.Repeat("x", 5_000_000)+"end")
	p := show(lines, 60, 12)
	sees(t, p, "xxxx…")
	p.ToggleWrap()
	sees(t, p, strings.Repeat("x", 40), "wrapped")
	if n := testing.AllocsPerRun(1, func() { p.drawn = nil; p.Draw() }); n > 2000 {
		t.Errorf("drawing one long line takes %v allocations", n)
	}
}

func TestALogThatCannotBeReadSaysWhy(t *testing.T) {
	p := show(broken{}, 60, 12)
	sees(t, p, "the disk is gone")
}

type broken struct{}

func (broken) Len() int { return 3 }

func (broken) Lines(int, int) ([]engine.LogLine, error) {
	return nil, fmt.Errorf("reading the log: the disk is gone")
}

func TestLateLinesOfAnotherLogAreDropped(t *testing.T) {
	p := show(numbered(10), 60, 12)
	p.Grown()
	page := Read(p.store, p.Want()[0])
	p.Show(Title{Name: "prod/deploy"}, false, "prod/deploy has not started yet")
	p.Take(page)
	sees(t, p, "prod/deploy has not started yet")
}

func TestEveryViewIsExactlyAsLargeAsAsked(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		lines := &situation.Lines{}
		for range rapid.IntRange(0, 60).Draw(r, "lines") {
			lines.Add(time.Unix(0, 0), rapid.SampledFrom([]string{"", "run", "a long step's name"}).Draw(r, "step"), rapid.String().Draw(r, "text"))
		}
		w, h := rapid.IntRange(2, 150).Draw(r, "width"), rapid.IntRange(2, 50).Draw(r, "height")
		p := show(lines, w, h)
		for range rapid.IntRange(0, 8).Draw(r, "moves") {
			n := rapid.IntRange(-30, 30).Draw(r, "by")
			rapid.SampledFrom([]func(){p.ToTop, p.Bottom, p.ToggleWrap, func() { p.Scroll(n) }, func() { p.Page(n) }, func() { p.Sideways(n) }, func() { p.Find("a") }, func() { p.Next(1) }, func() { p.Reveal(n) }}).Draw(r, "move")()
			drawn := p.settle().Draw()
			if len(drawn) != h {
				r.Fatalf("%d lines instead of %d", len(drawn), h)
			}
			for _, line := range drawn {
				if ansi.StringWidth(line) != w {
					r.Fatalf("%d cells instead of %d: %q", ansi.StringWidth(line), w, line)
				}
			}
		}
	})
}

// What a frame of a log costs when it is drawn anew, with nothing special and with all that can be shown at once.
func BenchmarkFrame(b *testing.B) {
	coloured := &situation.Lines{}
	for i := range 10_000 {
		coloured.Add(time.Unix(0, 0), []string{"unit", "e2e"}[i%2], fmt.Sprintf("\x1b[1;32m✓\x1b[0m line %d \x1b[36mtook\x1b[0m %d ms and says more than fits on a row of this screen, as such lines do, again and again and again", i, i%90))
	}
	for name, p := range map[string]*pane{"plain": show(numbered(10_000), 160, 48), "coloured, wrapped, searched": show(coloured, 160, 48)} {
		if name != "plain" {
			p.ToggleWrap()
			p.Find("line")
			p.settle()
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.drawn = nil
				p.Draw()
			}
		})
	}
}

// A row further up in a log of a million lines: asked for, read, drawn.
func BenchmarkAMillionLines(b *testing.B) {
	lines := numbered(1_000_000)
	p := show(lines, 160, 30)
	for b.Loop() {
		p.Scroll(-1)
		p.settle().Draw()
	}
}

func TestALineThatHasNoEndYetIsShownBelowTheOthers(t *testing.T) {
	p := show(numbered(100), 60, 12)
	p.Opens("loading \x1b[31m50 %")
	sees(t, p, "line 99.", "loading 50 %")
	rows := strings.Split(p.text(), "\n")
	if len(rows) != 12 || !strings.Contains(rows[10], "loading 50 %") || strings.Contains(p.text(), "line 90.") {
		t.Errorf("the view is\n%s", p.text())
	}
	p.Scroll(-5)
	if strings.Contains(p.text(), "loading") {
		t.Error("it is shown in the middle of a log")
	}
	p.Bottom()
	p.Filter("line 42")
	if strings.Contains(p.text(), "loading") {
		t.Error("it is shown though it does not pass the filter")
	}
	p.Filter("")
	p.Opens("")
	sees(t, p, "line 90.", "line 99.")
	empty := show(numbered(0), 60, 12)
	empty.Opens("Password: ")
	sees(t, empty, "Password:")
	for h := range 6 {
		p.Opens("loading")
		p.Resize(40, h)
		if got := len(p.settle().Draw()); got != h && h > 1 {
			t.Errorf("in %d rows it draws %d", h, got)
		}
	}
}
