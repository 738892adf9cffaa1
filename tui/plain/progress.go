package plain

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// progress redraws a block of lines in place: the run, and one line a column. What is drawn last stays.
type progress struct {
	w     io.Writer
	o     Options
	theme *theme.Theme
	drawn []string
	spin  int
	said  engine.Notice // the newest; shown while it tells of trouble
}

func newProgress(w io.Writer, o Options) *progress {
	p := &progress{w: w, o: o, theme: o.Theme}
	if p.theme == nil {
		p.theme = theme.New(theme.FromEnvironment(w, os.Environ(), theme.Options{}))
	}
	if p.o.Width == nil {
		p.o.Width = func() int { return widthOf(w) }
	}
	return p
}

// widthOf asks a terminal how wide it is now; 80 when it does not say.
func widthOf(w io.Writer) int {
	if width, says := terminalWidth(w); says {
		return width
	}
	return 80
}

// terminalWidth is how wide a terminal is now; false where w is none, or does not say.
func terminalWidth(w io.Writer) (width int, says bool) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	return width, err == nil && width > 0
}

func (p *progress) event(promotion.Run, promotion.Event, bool) error { return nil }

func (p *progress) waits(promotion.Run, string, time.Time) error { return nil }

func (p *progress) slow(promotion.Run, string, time.Time, bool) error { return nil } // the block says it

func (p *progress) notice(n engine.Notice) error {
	p.said = n
	return nil
}

func (p *progress) state(s engine.Snapshot, run promotion.Run) error {
	if run.ID == 0 {
		return nil
	}
	p.spin++
	// The last cell stays free: a terminal that wraps there would spoil the redrawing.
	return p.redraw(p.block(s, run, max(20, p.o.Width()-1)))
}

func (p *progress) end(s engine.Snapshot, run promotion.Run) error { return p.state(s, run) }

// block is what is shown now.
func (p *progress) block(s engine.Snapshot, run promotion.Run, w int) []string {
	now := p.o.Now()
	s.Runs = append([]promotion.Run{run}, slices.DeleteFunc(slices.Clone(s.Runs), func(r promotion.Run) bool { return r.ID == run.ID })...)
	b := present.NewWorld(s).Board(present.Entry{Service: run.Plan.Service, Run: run.ID}, now)
	h := b.Header
	lines := []string{p.line(w, h.Mark, fmt.Sprintf("%s %s  %s", h.Service, h.Run, h.Release), strings.TrimSpace(h.Mark.Word+" "+h.Clock+"  "+h.Left))}
	for _, c := range b.Columns {
		if len(c.Cards) == 0 {
			continue // the run does not enter it
		}
		mark := c.Mark
		if mark.Sign == theme.None {
			mark = present.StateMark(promotion.StateWaiting)
		}
		lines = append(lines, p.line(w, mark, text.Pad(c.Title, 8)+"  "+p.where(c), c.Status))
		for _, m := range c.Foot {
			if m.Mark.Role != theme.Muted {
				lines = append(lines, frame.Line(p.theme, w, []frame.Part{frame.P(m.Mark.Role, text.Spaces(14)+m.Text)}, nil, false))
			}
		}
	}
	if p.said.Error {
		lines = append(lines, frame.Line(p.theme, w, []frame.Part{frame.P(theme.Bad, "  "+text.Clean(p.said.Text))}, nil, false))
	}
	if h.Banner != "" {
		lines = append(lines, frame.Line(p.theme, w, []frame.Part{frame.P(theme.Drill, "  "+h.Banner)}, nil, false))
	}
	return lines
}

// where says what a column is at: the stage that runs or broke, else how many are done.
func (p *progress) where(c present.Column) string {
	done := 0
	for _, card := range c.Cards {
		switch {
		case card.Mark.Sign == theme.Succeeded || card.Mark.Sign == theme.Skipped:
			done++
		case card.Open():
			return strings.TrimSpace(fmt.Sprintf("%s %s  %s  %s  %s", card.Name, card.Mark.Word, card.Slow, card.Note, card.Reason))
		}
	}
	return fmt.Sprintf("%d of %d stages", done, len(c.Cards))
}

func (p *progress) line(w int, mark present.Mark, left, right string) string {
	sign := p.theme.Sign(mark.Sign)
	if mark.Sign == theme.Running {
		sign = p.theme.Spin(p.spin)
	}
	return frame.Line(p.theme, w, []frame.Part{frame.P(mark.Role, "  "+sign+" "), frame.P(theme.Text, left)}, []frame.Part{frame.P(mark.Role, right)}, false)
}

// redraw writes the lines that changed over those drawn before, in one write.
func (p *progress) redraw(lines []string) error {
	if slices.Equal(lines, p.drawn) {
		return nil
	}
	var b strings.Builder
	if n := len(p.drawn); n > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", n)
	}
	for _, line := range lines {
		b.WriteString("\r\x1b[2K" + line + "\n")
	}
	for range len(p.drawn) - len(lines) {
		b.WriteString("\r\x1b[2K\n")
	}
	if extra := len(p.drawn) - len(lines); extra > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", extra)
	}
	p.drawn = lines
	_, err := io.WriteString(p.w, b.String())
	return err
}
