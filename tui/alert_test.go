package tui

import (
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// listened is a console whose calls are noted instead of made.
func listened(t *testing.T, s *situation.Story, calls Calls) (*console, *[]string) {
	t.Helper()
	var rung []string
	c := open(t, s, 120, 40)
	c.m.calls = calls
	c.m.work.ring = func(sequence string) { rung = append(rung, sequence) }
	return c, &rung
}

var both = Calls{Bell: []string{"failed", "waits"}, OSC9: []string{"failed", "waits"}}

func aborted(s *situation.Story) {
	s.Do(promotion.Command{Run: 42, Verb: promotion.VerbAbort, Actor: "ada", Reason: "not today"})
}

func TestAFailureCallsWhoeverLooksElsewhere(t *testing.T) {
	c, rung := listened(t, situation.QARunning(), both)
	c.tell(aborted)
	want := "\x1b]9;gantry: run 42 of orders aborted: not today\a\a"
	if !slices.Equal(*rung, []string{want}) {
		t.Errorf("it called %q, want %q", *rung, want)
	}
	c.refresh()
	if len(*rung) != 1 {
		t.Errorf("it called again for the same: %q", *rung)
	}
}

func TestARunThatWaitsForAPersonCalls(t *testing.T) {
	c, rung := listened(t, situation.QARunning(), both)
	c.tell(func(s *situation.Story) {
		stage, _ := s.Run(42).Stage("qa/e2e")
		s.Do(promotion.Command{Run: 42, Verb: promotion.VerbReportStall, Stage: "qa/e2e", Attempt: stage.Last().N, Reason: "no sign of life"})
	})
	if len(*rung) != 1 || !strings.Contains((*rung)[0], "run 42 of orders waits for an operator: retry or abort") {
		t.Errorf("it called %q", *rung)
	}
}

func TestWhatWasSoBeforeTheConsoleOpenedCallsNobody(t *testing.T) {
	if _, rung := listened(t, situation.RollbackFailed(), both); len(*rung) != 0 {
		t.Errorf("it called %q", *rung)
	}
}

func TestASuccessCallsOnlyWhoAskedForIt(t *testing.T) {
	succeed := func(s *situation.Story) {
		for !s.Run(42).Done() {
			if _, stage, _ := s.Run(42).Current(); stage.State != promotion.StateRunning {
				s.Starts(42)
			}
			s.Succeeds(42)
		}
	}
	c, rung := listened(t, situation.QARunning(), both)
	c.tell(succeed)
	if len(*rung) != 0 {
		t.Errorf("it called %q", *rung)
	}
	c, rung = listened(t, situation.QARunning(), Calls{Bell: []string{"succeeded"}})
	c.tell(succeed)
	if !slices.Equal(*rung, []string{"\a"}) {
		t.Errorf("it called %q, want the bell alone", *rung)
	}
}

func TestWhoPausesARunIsNotCalledForIt(t *testing.T) {
	c, rung := listened(t, situation.QARunning(), both)
	c.tell(func(s *situation.Story) {
		s.Do(promotion.Command{Run: 42, Verb: promotion.VerbPause, Actor: "ada"})
		s.Succeeds(42)
	})
	if len(*rung) != 0 {
		t.Errorf("it called %q", *rung)
	}
}

func TestAHostileReasonCannotWriteToTheTerminal(t *testing.T) {
	c, rung := listened(t, situation.QARunning(), both)
	c.tell(func(s *situation.Story) {
		s.Do(promotion.Command{Run: 42, Verb: promotion.VerbAbort, Actor: "ada", Reason: "\x1b]0;owned\a\x1b[2Jrm\x07" + strings.Repeat("x", 5000)})
	})
	if called := strings.Join(*rung, ""); strings.Count(called, "\x1b") != 1 || strings.Count(called, "\a") != 2 || len(called) > 300 {
		t.Errorf("it called %q", called)
	}
}

func TestADrillThatFailsSaysSo(t *testing.T) {
	c, rung := listened(t, situation.Drill(), Calls{OSC9: []string{"failed"}})
	c.tell(aborted)
	if len(*rung) != 1 || !strings.HasPrefix((*rung)[0], "\x1b]9;gantry: DRILL run 42 of orders aborted") {
		t.Errorf("it called %q", *rung)
	}
}

func TestATerminalThatPrintsSuchSequencesGetsNone(t *testing.T) {
	o := Options{Env: []string{"TERM=linux"}, Calls: both}
	if calls := o.calls(); len(calls.OSC9) != 0 || len(calls.Bell) != 2 {
		t.Errorf("the calls are %+v", calls)
	}
}
