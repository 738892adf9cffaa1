package promotion

import (
	"strings"
	"time"
)

// EventType names what happened; the names are stable, the JSON output shows them.
type EventType string

// The events of a run.
const (
	RunStarted         EventType = "run.started"         // Plan
	RunPaused          EventType = "run.paused"          //
	RunResumed         EventType = "run.resumed"         //
	RunStepped         EventType = "run.stepped"         // one more stage may start
	RunHeld            EventType = "run.held"            // Stage failed; Until: when the policy acts
	RunFinished        EventType = "run.finished"        // Outcome
	EnvironmentEntered EventType = "environment.entered" // Environment; Live and Target as they stood: journalled before anything changes there
	EnvironmentPassed  EventType = "environment.passed"  // every stage of the environment is done
	GateShut           EventType = "gate.shut"           // Stage, Gate
	GateOpened         EventType = "gate.opened"         // Stage
	StageStarted       EventType = "stage.started"       // Stage, Attempt
	StageSucceeded     EventType = "stage.succeeded"     // Stage, Attempt, Result
	StageFailed        EventType = "stage.failed"        // the verdict is negative
	StageErrored       EventType = "stage.errored"       // there is no verdict
	StageStalled       EventType = "stage.stalled"       // no end by its deadline
	StageInterrupted   EventType = "stage.interrupted"   // the engine died while it ran
	StageSkipped       EventType = "stage.skipped"       // left out by rule
	StageRetried       EventType = "stage.retried"       // asked to be attempted again
	StepStarted        EventType = "step.started"        // Stage, Attempt, Step
	StepFinished       EventType = "step.finished"       // Stage, Attempt, Step
	Deployed           EventType = "deployed"            // Environment, Deployment: what is live now
	RollbackDecided    EventType = "rollback.decided"    // Environments
	RollbackStarted    EventType = "rollback.started"    // Environment, Linked
	RollbackEnded      EventType = "rollback.ended"      // Environment, Linked, Outcome
	StageReopened      EventType = "stage.reopened"      // Stage: it, and all after it in its environment, go once more
	StageOverridden    EventType = "stage.overridden"    // Stage: waved through by a person, Reason
	GateOverridden     EventType = "gate.overridden"     // Environment, Gate: waved through by a person, Reason
	RunReverted        EventType = "run.reverted"        // Environment, Linked: what a person rolls back there is of this promotion, which ends
	RunExtended        EventType = "run.extended"        // Until: the countdown ends then; none: it waits for a person
	ReleaseApproved    EventType = "release.approved"    // Environment, Digest; Until: when the approval expires
	ReleaseRejected    EventType = "release.rejected"    // Environment, Digest
)

// The events of a slot. They belong to no run: Run is 0.
const (
	SlotHeld       EventType = "slot.held"       // Slot, Reason
	SlotReleased   EventType = "slot.released"   // Slot
	ReleaseVetoed  EventType = "release.vetoed"  // Slot, Digest, Reason
	ReleaseAllowed EventType = "release.allowed" // Slot, Digest
)

// What belongs neither to a run nor to a slot: Run is 0.
const (
	EventLost         EventType = "event.lost"         // stands where the journal has lost an event; Reason says what is known of that one
	CommandRefused    EventType = "command.refused"    // Refused: an operator's command that changed nothing
	CollectionStarted EventType = "collection.started" // Collection: it is removed now
	CollectionEnded   EventType = "collection.ended"   // Reason: what could not be removed; "" all of it is gone
)

// Outcome is how a run ended.
type Outcome string

// The outcomes.
const (
	Succeeded      Outcome = "succeeded"
	Failed         Outcome = "failed"          // failed before anything was deployed: nothing to roll back
	RolledBack     Outcome = "rolled back"     // the policy's environments are back on their last good release
	RollbackFailed Outcome = "rollback failed" // at least one environment is not
	Aborted        Outcome = "aborted"         // ended by a person, left as it was
	Superseded     Outcome = "superseded"      // a newer run took its place in the queue
	LeftAlone      Outcome = "left alone"      // of a rollback: the release was not live there any more
	Rejected       Outcome = "rejected"        // a person did not approve it
	Removed        Outcome = "removed"         // of a reprovision: it was there, and is gone
)

// Event is one fact of a run's history. Which fields are set depends on Type, as said there.
type Event struct {
	Seq          int64       `json:"seq"`
	At           time.Time   `json:"at"`
	Run          RunID       `json:"run"`
	Type         EventType   `json:"type"`
	Actor        string      `json:"actor,omitempty"`   // who: an operator, or "gantry"
	Reason       string      `json:"reason,omitempty"`  // why, in a sentence
	Command      string      `json:"command,omitempty"` // id of the command that led to it; a command is applied once
	Stage        StageID     `json:"stage,omitempty"`
	Attempt      int         `json:"attempt,omitempty"`
	Environment  string      `json:"environment,omitempty"`
	Environments []string    `json:"environments,omitempty"`
	Slot         *Slot       `json:"slot,omitempty"`
	Digest       Digest      `json:"digest,omitempty"`
	Until        *time.Time  `json:"until,omitempty"`
	Outcome      Outcome     `json:"outcome,omitempty"`
	Linked       RunID       `json:"linked,omitempty"` // the other run that this one speaks of
	Plan         *Plan       `json:"plan,omitempty"`
	Result       *Result     `json:"result,omitempty"`
	Step         *Step       `json:"step,omitempty"`
	Gate         *Waiting    `json:"gate,omitempty"`
	Live         *Deployment `json:"live,omitempty"`
	Target       *Deployment `json:"target,omitempty"`
	Deployment   *Deployment `json:"deployment,omitempty"` // nil in a Deployed event: the environment is empty
	Refused      *Refused    `json:"refused,omitempty"`
	Collection   *Collection `json:"collection,omitempty"`
}

// OfSlot tells whether the event belongs to a slot, whatever runs there.
func (e Event) OfSlot() bool {
	switch e.Type {
	case SlotHeld, SlotReleased, ReleaseVetoed, ReleaseAllowed:
		return true
	}
	return false
}

// OfRun tells whether the event belongs to a run. Some belong to a slot, and some to neither.
func (e Event) OfRun() bool {
	switch e.Type {
	case EventLost, CommandRefused, CollectionStarted, CollectionEnded:
		return false
	}
	return !e.OfSlot()
}

// Collection is what a removal of what nobody needs any more takes away.
type Collection struct {
	Plan  string `json:"plan"`  // its hash, as the preview named it
	Items int    `json:"items"` // runs, images and the like
	Bytes int64  `json:"bytes"`
}

// Result is what an attempt brought.
type Result struct {
	Release    *Release    `json:"release,omitempty"`    // the run's release as far as it is known now
	Deployment *Deployment `json:"deployment,omitempty"` // what is live now, when the attempt changed that
	Emptied    bool        `json:"emptied,omitempty"`    // nothing is live now: the release was stopped
	Tests      *Tests      `json:"tests,omitempty"`
	Cause      string      `json:"cause,omitempty"`       // the one line that explains a failure
	CauseStep  string      `json:"cause_step,omitempty"`  // the step it came from
	CauseLine  int         `json:"cause_line,omitempty"`  // its line in the attempt's log, from 1; 0 unknown
	FailedOver bool        `json:"failed_over,omitempty"` // the platform went back to the version before by itself
	Warnings   []string    `json:"warnings,omitempty"`
	Note       string      `json:"note,omitempty"` // one short phrase for the card: "2 deps", "0 new"
}

// Tests counts what a report held.
type Tests struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
	Total   int `json:"total,omitempty"` // expected in all, from the last time; 0 unknown
	// Failing lists the failed tests, at most 50.
	Failing []FailedTest `json:"failing,omitempty"`
	// Flaky lists tests that failed and then passed with the same inputs, at most 50; they count as passed.
	Flaky []FailedTest `json:"flaky,omitempty"`
}

// FailedTest is one failed test and its first line of output.
type FailedTest struct {
	Name    string `json:"name"`
	Message string `json:"message,omitempty"`
}

// Findings is what a scanner found.
type Findings struct {
	Total int `json:"total"`
	// Listed are the worst of them, at most 50.
	Listed []Finding `json:"listed,omitempty"`
	// Prints are the fingerprints of all of them, twice where the same is found twice, at most 1000; fewer than Total when
	// there are more.
	Prints []string `json:"prints,omitempty"`
}

// Finding is one thing that a scanner found.
type Finding struct {
	Print string `json:"print"` // knows it again in a later version of the code
	Level string `json:"level"` // error | warning | note | none
	Text  string `json:"text"`  // where, which rule, what
}

// Step is one command or action inside an attempt.
type Step struct {
	Name    string    `json:"name"`
	State   State     `json:"state"` // running | succeeded | failed | errored | skipped
	Exit    int       `json:"exit,omitempty"`
	Elapsed Duration  `json:"elapsed,omitempty"`
	Tests   *Tests    `json:"tests,omitempty"`
	Note    string    `json:"note,omitempty"`
	Started time.Time `json:"started"`

	Findings *Findings `json:"findings,omitempty"` // nil: nothing was scanned
}

// State is where a stage or a step stands.
type State string

// The states.
const (
	StateWaiting     State = "waiting"
	StateRunning     State = "running"
	StateSucceeded   State = "succeeded"
	StateFailed      State = "failed"
	StateErrored     State = "errored"
	StateStalled     State = "stalled"
	StateInterrupted State = "interrupted"
	StateSkipped     State = "skipped"
	StateOverridden  State = "overridden"
)

// Gate names what keeps something from going on.
type Gate string

// The gates.
const (
	GateApproval   Gate = "approval"
	GateFreeze     Gate = "freeze"     // a window of time; deny wins
	GateSoak       Gate = "soak"       // not live for long enough in the environment before
	GateHold       Gate = "hold"       // the environment does not advance
	GateVeto       Gate = "veto"       // this release may not enter
	GateDependency Gate = "dependency" // a service it depends on is not live, or not as it was tested against
	GateQueue      Gate = "queue"      // another run goes first
	GateLock       Gate = "lock"       // another run is in
	GateExclusive  Gate = "exclusive"  // another E2E runs in the environment
	GateParallel   Gate = "parallel"   // as many stages run as may
	GateStub       Gate = "stub"       // a dependency's first stub is on its way
	GateBackoff    Gate = "backoff"    // a repetition waits for its time
	GateExpiry     Gate = "expiry"     // what was put aside stays until its time is over
)

// Waiting says why something does not go on.
type Waiting struct {
	Gate   Gate       `json:"gate,omitempty"`  // "" when it is no gate: a pause, a bad end
	Reason string     `json:"reason"`          // a sentence
	Since  time.Time  `json:"since"`           // since when
	Until  *time.Time `json:"until,omitempty"` // when it opens by itself; nil: when somebody acts
	Who    string     `json:"who,omitempty"`   // who can open it: "an operator", "run 41"
	Also   string     `json:"also,omitempty"`  // what else is shut behind it: their reasons, with "; " between
}

// NeedsPerson tells whether nothing but a person can go on from here.
func (w *Waiting) NeedsPerson() bool {
	return w != nil && w.Until == nil && strings.HasPrefix(w.Who, "an operator")
}
