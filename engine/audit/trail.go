// Package audit tells who did what, when, why, and what came of it, from the events of the journal alone.
package audit

import (
	"slices"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// What no command to a run or a slot asks for.
const (
	Supersede = promotion.VerbSupersede
	Deploy    = promotion.Verb("deploy") // a release went live
	Empty     = promotion.Verb("empty")  // nothing is live any more
	Rerun     = promotion.Verb("rerun")
	PutAside  = promotion.Verb("reprovision")
	Collect   = promotion.Verb("gc") // what nobody needs any more is removed
)

// goesOn is the result of what has not ended.
const goesOn = "goes on"

// Trail folds events into entries. It is not safe for concurrent use; its zero value is the trail before any event.
type Trail struct {
	entries []engine.AuditEntry
	runs    map[promotion.RunID]*subject
	names   map[promotion.Digest]string // what people call the release of an image

	collects int // the entry of a collection that has not ended, counted from 1; 0: none
}

// subject is what the trail knows of a run.
type subject struct {
	service string
	kind    promotion.RunKind
	where   string // the environments of its plan
	release promotion.Release
	drill   bool
	start   int                       // its entry; -1: the decision that led to it has one
	stages  map[promotion.StageID]int // entries that wait for the end of a stage's next attempt
	reverts int                       // the entry of its rollbacks; -1: none
	ended   map[string]string         // its rollbacks' ends by environment
}

// Entries are all entries, newest last.
func (t *Trail) Entries() []engine.AuditEntry { return slices.Clone(t.entries) }

// Take takes one more event into account. Events come in the order of the journal.
func (t *Trail) Take(e promotion.Event) {
	if t.runs == nil {
		t.runs, t.names = map[promotion.RunID]*subject{}, map[promotion.Digest]string{}
	}
	if !e.OfRun() {
		t.beside(e)
		return
	}
	if e.Type == promotion.RunStarted && e.Plan != nil {
		t.started(e)
		return
	}
	s, known := t.runs[e.Run]
	if !known {
		return
	}
	t.learn(s, e)
	if what, recorded := verbs[e.Type]; recorded {
		t.command(s, e, what)
		return
	}
	switch e.Type {
	case promotion.RunFinished:
		t.finished(s, e)
	case promotion.Deployed:
		t.deployed(s, e)
	case promotion.RollbackDecided:
		t.rollingBack(s, e)
	case promotion.RollbackStarted, promotion.RollbackEnded:
		t.rolledBack(s, e)
	}
}

// verbs are the events that record what somebody asked of a run.
var verbs = map[promotion.EventType]promotion.Verb{
	promotion.RunPaused: promotion.VerbPause, promotion.RunResumed: promotion.VerbResume, promotion.RunStepped: promotion.VerbStep,
	promotion.RunExtended: promotion.VerbExtend, promotion.StageRetried: promotion.VerbRetry, promotion.StageReopened: promotion.VerbRetryFrom,
	promotion.StageOverridden: promotion.VerbOverride, promotion.GateOverridden: promotion.VerbOverride,
	promotion.ReleaseApproved: promotion.VerbApprove, promotion.ReleaseRejected: promotion.VerbReject,
}

// add records an entry of a run and tells where it stands.
func (t *Trail) add(s *subject, e promotion.Event, entry engine.AuditEntry) int {
	entry.Run, entry.Service, entry.Drill, entry.Stage = e.Run, s.service, s.drill, e.Stage
	if entry.Release == "" {
		entry.Release = s.release.Name()
	}
	return t.append(e, entry)
}

func (t *Trail) append(e promotion.Event, entry engine.AuditEntry) int {
	entry.Seq, entry.At, entry.Who, entry.Command = e.Seq, e.At, e.Actor, e.Command
	if entry.Who == "" {
		entry.Who = "gantry"
	}
	entry.Automatic = entry.Automatic || entry.Who == "gantry"
	if entry.Why == "" {
		entry.Why = e.Reason
	}
	if entry.Environment == "" {
		entry.Environment = e.Environment
	}
	if entry.Environment == "" {
		entry.Environment = e.Stage.Column()
	}
	t.entries = append(t.entries, entry)
	return len(t.entries) - 1
}
