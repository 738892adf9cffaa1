package present_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/present"
)

func timelineOf(s *situation.Story, id promotion.RunID) present.Timeline {
	events := s.Events(id)
	for _, e := range s.Events(id) {
		if e.Type == promotion.RollbackStarted {
			events = append(events, s.Events(e.Linked)...)
		}
	}
	return present.NewTimeline(id, events, s.Now)
}

func rowOf(t *testing.T, tl present.Timeline, stage promotion.StageID, name string) present.TimelineRow {
	t.Helper()
	for _, r := range tl.Rows {
		if r.Stage == stage && r.Name == name {
			return r
		}
	}
	t.Fatalf("no row %s %s in %+v", stage, name, tl.Rows)
	return present.TimelineRow{}
}

func TestATimelineTellsWaitingFromWorking(t *testing.T) {
	s := situation.Paused()
	s.After(10 * time.Minute)
	s.Do(promotion.Command{Run: 42, Verb: promotion.VerbResume, Actor: "bo"})
	s.Completes(42)
	tl := timelineOf(s, 42)
	row := rowOf(t, tl, "prod/copy", "copy qa→prod")
	if row.Waited != 11*time.Minute+30*time.Second || row.Why != "paused by ada" || !row.Spans[0].Waits || row.Spans[1].Waits {
		t.Errorf("it waited %s for %q: %+v", row.Waited, row.Why, row.Spans)
	}
	if tl.Waited != row.Waited || tl.Open {
		t.Errorf("the run waited %s", tl.Waited)
	}
	if tl.Longest[0] != "waiting before prod/copy 11m30s" {
		t.Errorf("the longest are %q", tl.Longest)
	}
}

func TestAWaitThatGoesOnIsInTheTimeline(t *testing.T) {
	s := situation.WaitsForApproval().After(time.Hour)
	tl := timelineOf(s, 42)
	row := rowOf(t, tl, "prod/copy", "copy qa→prod")
	if row.Waited < time.Hour || !strings.Contains(row.Why, "approv") || !tl.Open {
		t.Errorf("it waited %s for %q", row.Waited, row.Why)
	}
}

// Whatever happened: a run works or it waits, and nothing of its time is counted twice or lost.
func TestTheTimesOfATimelineAddUp(t *testing.T) {
	for _, each := range situation.All() {
		s := each.Story()
		for _, run := range s.Snapshot().Runs {
			tl := present.NewTimeline(run.ID, s.Events(run.ID), s.Now)
			whole, sum := tl.To.Sub(tl.From), tl.Worked+tl.Waited
			if d := whole - sum; d < -time.Millisecond || d > time.Second {
				t.Errorf("%s: run %d took %s, of which %s are told", each.Name, run.ID, whole, sum)
			}
			for _, r := range tl.Rows {
				for _, span := range r.Spans {
					if span.To.Before(span.From) {
						t.Errorf("%s: run %d: %s ends before it begins", each.Name, run.ID, r.Name)
					}
				}
			}
		}
	}
}

func TestTheCriticalPathIsTheChainThatTheEndWaitedFor(t *testing.T) {
	s := situation.New()
	id := s.Promote("orders", "1.0.0", "One")
	stage := s.Starts(id)
	begun := s.Now
	for _, step := range []struct {
		name       string
		start, len time.Duration
	}{
		{"checkout", 0, time.Second}, {"compile", time.Second, 4 * time.Second}, {"lint", time.Second, 2 * time.Second},
		{"vet", time.Second, 4*time.Second + 200*time.Millisecond}, {"unit", 5 * time.Second, 3 * time.Second}, {"integration", 5 * time.Second, 9 * time.Second}, {"sast", time.Second, 10 * time.Second},
	} {
		s.Do(promotion.Command{Run: id, Verb: promotion.VerbReportStep, Stage: stage, Attempt: 1, Step: &promotion.Step{
			Name: step.name, State: promotion.StateSucceeded, Started: begun.Add(step.start), Elapsed: promotion.Duration(step.len),
		}})
	}
	s.After(14 * time.Second)
	release := s.Run(id).Release
	release.Image, release.Verification = situation.Hash("image"), situation.Hash("tests")
	s.Do(promotion.Command{Run: id, Verb: promotion.VerbReportSuccess, Stage: stage, Attempt: 1, Result: &promotion.Result{Release: &release}})
	tl := timelineOf(s, id)
	for name, critical := range map[string]bool{"checkout": true, "compile": true, "lint": false, "vet": false, "unit": false, "integration": true, "sast": false} {
		if row := rowOf(t, tl, "build/build", name); row.Critical != critical {
			t.Errorf("%s is on the critical path: %v", name, row.Critical)
		}
	}
	if !strings.HasPrefix(tl.Longest[0], "build/build integration 9s") {
		t.Errorf("the longest are %q", tl.Longest)
	}
}

func TestARollbackIsInTheTimelineOfWhatItReverts(t *testing.T) {
	s := situation.DevMovedOn()
	tl := timelineOf(s, 42)
	rowOf(t, tl, "qa/rollback", "rollback")
	for _, r := range tl.Rows {
		if r.Heading && r.Name == "Rollback of QA" {
			return
		}
	}
	t.Errorf("no heading of the rollback: %+v", tl.Rows)
}
