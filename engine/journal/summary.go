package journal

import (
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Summary is what a list shows of a run without folding its events. It is stored as JSON: another field needs another
// schema, which folds the runs anew.
type Summary struct {
	Run      promotion.RunID   `json:"run"`
	Service  string            `json:"service"`
	Team     string            `json:"team,omitempty"`
	Kind     promotion.RunKind `json:"kind"`
	Actor    string            `json:"actor,omitempty"`
	Trigger  string            `json:"trigger,omitempty"`
	Version  string            `json:"version,omitempty"` // of the release, as far as it is known
	Commit   string            `json:"commit,omitempty"`
	Subject  string            `json:"subject,omitempty"`
	Dirty    string            `json:"dirty,omitempty"`
	Image    promotion.Digest  `json:"image,omitempty"` // "" until it is built
	Drill    bool              `json:"drill,omitempty"` // a rehearsal
	Started  time.Time         `json:"started"`
	Finished time.Time         `json:"finished,omitzero"`
	Outcome  promotion.Outcome `json:"outcome,omitempty"` // "" while the run goes on
	Reason   string            `json:"reason,omitempty"`
	Seq      int64             `json:"seq"`              // of its newest event
	Failed   promotion.StageID `json:"failed,omitempty"` // the newest stage that ended badly
}

// Done tells whether the run has ended.
func (s Summary) Done() bool { return s.Outcome != "" }

// after is the summary after one more event of its run.
func (s Summary) after(e promotion.Event) Summary {
	s.Seq = e.Seq
	switch e.Type {
	case promotion.RunStarted:
		s.started(e)
	case promotion.StageSucceeded:
		if e.Result != nil && e.Result.Release != nil {
			r := e.Result.Release
			s.release(*r)
		}
		if s.Failed == e.Stage {
			s.Failed = ""
		}
	case promotion.StageFailed, promotion.StageErrored, promotion.StageStalled, promotion.StageInterrupted:
		s.Failed = e.Stage
	case promotion.RunFinished:
		s.Outcome, s.Reason, s.Finished = e.Outcome, e.Reason, e.At
	}
	return s
}

func (s *Summary) started(e promotion.Event) {
	s.Run, s.Actor, s.Started = e.Run, e.Actor, e.At
	if p := e.Plan; p != nil {
		s.Service, s.Team, s.Kind, s.Trigger = p.Service, p.Team, p.Kind, p.Trigger
		s.Version, s.Commit, s.Subject, s.Dirty = p.Source.Version, p.Source.Commit, p.Source.Subject, p.Source.Dirty
		switch {
		case p.Release != nil:
			s.release(*p.Release)
		case p.Revert != nil && p.Revert.Target != nil:
			s.release(p.Revert.Target.Release)
		}
		s.Drill = p.Rehearsal()
	}
}

func (s *Summary) release(r promotion.Release) {
	s.Version, s.Commit, s.Subject, s.Dirty, s.Image = r.Version, r.Commit, r.Subject, r.Dirty, r.Image
}

// Release is what the summary knows of the run's release.
func (s Summary) Release() promotion.Release {
	return promotion.Release{Service: s.Service, Version: s.Version, Commit: s.Commit, Subject: s.Subject, Dirty: s.Dirty, Image: s.Image}
}
