package promotion

import (
	"fmt"
	"slices"
	"time"
)

// Run is one journey through the pipeline: a promotion of a release, or the rollback of one environment. It is a
// value: Apply returns a new one and shares what did not change.
type Run struct {
	ID       RunID     `json:"id"`
	Plan     Plan      `json:"-"`
	Actor    string    `json:"actor"`   // who started it
	Release  Release   `json:"release"` // as far as it is known
	Seq      int64     `json:"seq"`     // of its newest event
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"`
	Outcome  Outcome   `json:"outcome,omitempty"` // "" while it goes on
	Why      string    `json:"why,omitempty"`     // the reason that was given at its start
	Reason   string    `json:"reason,omitempty"`  // why it ended so
	Linked   RunID     `json:"linked,omitempty"`  // the newer run that superseded it, or the rollback that ended it

	Paused  bool     `json:"paused,omitempty"` // no further stage starts…
	Granted int      `json:"-"`                // …but for so many, granted by step
	Held    *Waiting `json:"held,omitempty"`   // a failed stage waits for a person, or for its time to pass

	Reverted *Reverted `json:"reverted,omitempty"` // a person rolls back what this promotion had made live

	Expires time.Time `json:"expires,omitzero"` // of a reprovision: when what it put aside is removed
	removed removal   // …by a person, before that

	Columns   []ColumnState    `json:"columns"`
	Rollbacks []LinkedRollback `json:"rollbacks,omitempty"`

	commands *applied // those of operators, the newest first
}

// ColumnState is where the run stands in one column.
type ColumnState struct {
	Column  Column       `json:"-"`
	Name    string       `json:"name"`
	Entered bool         `json:"entered,omitempty"` // the environment's lock was taken; the build column has none
	Passed  bool         `json:"passed,omitempty"`  // every stage is done
	Stages  []StageState `json:"stages"`
	// Live and LastGood are what the environment held when it was entered; LastGood is the target of a rollback.
	Live     *Deployment `json:"live,omitempty"`
	LastGood *Deployment `json:"last_good,omitempty"`
	// Deployed is what this run made live here; nil when it has changed nothing.
	Deployed *Deployment `json:"deployed,omitempty"`
	Waiting  *Waiting    `json:"waiting,omitempty"` // the shut gate of the environment

	Approved   *Approved `json:"approved,omitempty"`   // who let the release in
	Overridden []Gate    `json:"overridden,omitempty"` // the gates that a person waved it through
}

// StageState is where one stage stands.
type StageState struct {
	Stage    Stage     `json:"-"`
	ID       StageID   `json:"id"`
	State    State     `json:"state"`
	Reason   string    `json:"reason,omitempty"` // of a skip or a bad end
	Waiting  *Waiting  `json:"waiting,omitempty"`
	Retry    bool      `json:"-"`                  // asked to be attempted again
	NotUntil time.Time `json:"not_until,omitzero"` // the repetition's time, after a backoff
	Attempts []Attempt `json:"attempts,omitempty"`
}

// Attempt is one execution of a stage. It is never overwritten.
type Attempt struct {
	N       int       `json:"n"`
	State   State     `json:"state"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	Reason  string    `json:"reason,omitempty"`
	Result  *Result   `json:"result,omitempty"`
	Steps   []Step    `json:"steps,omitempty"`
}

// Approved is one person's word that a release may enter an environment.
type Approved struct {
	By     string     `json:"by"`
	At     time.Time  `json:"at"`
	Digest Digest     `json:"digest"`
	Until  *time.Time `json:"until,omitempty"` // when it expires unless it is used; nil: never
	Reason string     `json:"reason,omitempty"`
}

// LinkedRollback is a rollback that this promotion's failure calls for.
type LinkedRollback struct {
	Environment string  `json:"environment"`
	Run         RunID   `json:"run,omitempty"`     // 0: not started yet
	Outcome     Outcome `json:"outcome,omitempty"` // "" while it goes on
	Reason      string  `json:"reason,omitempty"`
}

// Done tells whether the run has ended.
func (r Run) Done() bool { return r.Outcome != "" }

// Column is the state of a column by name.
func (r Run) Column(name string) (ColumnState, bool) {
	for i := range r.Columns {
		if r.Columns[i].Name == name {
			return r.Columns[i], true
		}
	}
	return ColumnState{}, false
}

// Stage is the state of a stage by its id.
func (r Run) Stage(id StageID) (StageState, bool) {
	for i := range r.Columns {
		for j := range r.Columns[i].Stages {
			if s := &r.Columns[i].Stages[j]; s.ID == id {
				return *s, true
			}
		}
	}
	return StageState{}, false
}

// Last is the stage's newest attempt; its zero value when there was none.
func (s StageState) Last() Attempt {
	if len(s.Attempts) == 0 {
		return Attempt{}
	}
	return s.Attempts[len(s.Attempts)-1]
}

// Done tells whether the next stage may follow.
func (s StageState) Done() bool { return s.State.done() }

func (s State) done() bool {
	return s == StateSucceeded || s == StateSkipped || s == StateOverridden
}

// Flaky tells whether the stage passed after a negative verdict on the very same inputs.
func (s StageState) Flaky() bool {
	return s.State == StateSucceeded && slices.ContainsFunc(s.Attempts, func(a Attempt) bool { return a.State == StateFailed })
}

// Bad tells whether the last attempt ended without success.
func (s StageState) Bad() bool {
	switch s.State {
	case StateFailed, StateErrored, StateStalled, StateInterrupted:
		return true
	}
	return false
}

// Current is the first stage that is not done, and its column. ok is false when every stage is.
func (r Run) Current() (column ColumnState, stage StageState, ok bool) {
	if c, s := r.current(); s != nil {
		return *c, *s, true
	}
	return ColumnState{}, StageState{}, false
}

// current is Current without copies; nil when every stage is done.
func (r *Run) current() (*ColumnState, *StageState) {
	for i := range r.Columns {
		for j := range r.Columns[i].Stages {
			if s := &r.Columns[i].Stages[j]; !s.State.done() {
				return &r.Columns[i], s
			}
		}
	}
	return nil, nil
}

// Holds tells whether the run holds the lock of the column's environment.
func (r Run) Holds(column string) bool {
	c, found := r.Column(column)
	return found && c.Entered && !c.Passed && !r.Done()
}

// RollingBack tells whether the run has failed and its rollbacks are not all over.
func (r Run) RollingBack() bool { return len(r.Rollbacks) > 0 && !r.Done() }

// Waits says why the run does not go on; nil when something runs or it has ended.
func (r Run) Waits() *Waiting {
	if r.Done() {
		return nil
	}
	if r.RollingBack() {
		for _, l := range r.Rollbacks {
			if l.Outcome == "" {
				return &Waiting{Reason: l.Environment + " is being rolled back", Since: r.lastEnd(), Who: "gantry"}
			}
		}
	}
	column, stage, ok := r.Current()
	if ok && stage.State != StateRunning {
		if aside := r.waitsAside(&column, &stage); aside != nil {
			return aside
		}
	}
	switch {
	case !ok:
		return nil
	case r.Held != nil:
		return r.Held
	case stage.State == StateRunning:
		return nil
	case stage.Bad() && !stage.Retry:
		return &Waiting{Reason: string(stage.ID) + " " + string(stage.State) + ": " + stage.Reason, Since: stage.Last().Ended, Who: "an operator: retry or abort"}
	case r.Paused && r.Granted == 0:
		return &Waiting{Reason: "paused before " + string(stage.ID), Since: r.lastEnd(), Who: "an operator: resume or step"}
	case stage.Waiting != nil: // shut when the repetition's time had come
		return stage.Waiting
	case !stage.NotUntil.IsZero() && stage.Retry:
		return &Waiting{Gate: GateBackoff, Reason: fmt.Sprintf("%s %s and is tried again", stage.ID, stage.State), Since: stage.Last().Ended,
			Until: &stage.NotUntil, Who: "gantry, or an operator: retry"}
	case column.Waiting != nil:
		return column.Waiting
	}
	return &Waiting{Reason: string(stage.ID) + " is about to start", Since: r.lastEnd(), Who: "gantry"}
}

// lastEnd is when the newest attempt ended, or the run's start.
func (r Run) lastEnd() time.Time {
	last := r.Started
	for i := range r.Columns {
		for j := range r.Columns[i].Stages {
			if attempts := r.Columns[i].Stages[j].Attempts; len(attempts) > 0 {
				if end := attempts[len(attempts)-1].Ended; end.After(last) {
					last = end
				}
			}
		}
	}
	return last
}
