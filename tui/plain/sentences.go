package plain

import (
	"fmt"
	"io"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
)

// sentences prints one line a change: "12:04:31 qa/deploy succeeded in 6.9s".
type sentences struct{ w io.Writer }

func (s *sentences) line(at time.Time, run promotion.Run, main bool, words string) error {
	prefix := ""
	if !main {
		prefix = fmt.Sprintf("run %d: ", run.ID)
	}
	_, err := fmt.Fprintf(s.w, "%s %s%s\n", at.Local().Format("15:04:05"), prefix, words)
	return err
}

func (s *sentences) event(run promotion.Run, e promotion.Event, main bool) error {
	words := present.Sentence(run, e)
	if words == "" {
		return nil
	}
	switch e.Type {
	case promotion.RunStarted, promotion.RunFinished, promotion.RunPaused, promotion.RunResumed, promotion.RunStepped:
		main = true // the sentence names the run itself
	}
	return s.line(e.At, run, main, words)
}

func (s *sentences) waits(run promotion.Run, why string, at time.Time) error {
	return s.line(at, run, true, fmt.Sprintf("run %d %s", run.ID, why))
}

func (s *sentences) slow(run promotion.Run, what string, at time.Time, main bool) error {
	return s.line(at, run, main, what)
}

func (s *sentences) notice(n engine.Notice) error {
	_, err := fmt.Fprintf(s.w, "%s gantry: %s\n", n.At.Local().Format("15:04:05"), text.Clean(n.Text))
	return err
}

func (s *sentences) state(engine.Snapshot, promotion.Run) error { return nil }

func (s *sentences) end(engine.Snapshot, promotion.Run) error { return nil }
