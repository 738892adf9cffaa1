package promotion

import "time"

// Verb is what a command asks for.
type Verb string

// What operators ask for.
const (
	VerbStart    Verb = "start"    // Plan
	VerbStep     Verb = "step"     // let one more stage start, then pause
	VerbPause    Verb = "pause"    // start no further stage
	VerbResume   Verb = "resume"   // go on
	VerbRetry    Verb = "retry"    // the same stage with the same inputs, as a new attempt
	VerbAbort    Verb = "abort"    // end the run and leave everything as it is
	VerbRollBack Verb = "rollback" // end the run and roll back now what the policy says

	VerbRetryFrom Verb = "retry from" // Stage, an earlier one of the same environment, and all after it, once more
	VerbApprove   Verb = "approve"    // Environment, Digest: the release may enter
	VerbReject    Verb = "reject"     // Environment: it may not, and the run ends
	VerbOverride  Verb = "override"   // Stage, or Environment for a shut gate: waved through, Reason is due
	VerbExtend    Verb = "extend"     // Until: the countdown of a held run ends then
	VerbRemove    Verb = "remove"     // of a reprovision: take it away now
)

// What operators ask of a slot, whatever runs there: Slot, and for the last two Digest.
const (
	VerbHold    Verb = "hold"    // nothing enters or goes on in it, Reason is due; a rollback may
	VerbRelease Verb = "release" // lift the hold
	VerbVeto    Verb = "veto"    // this release may not enter, Reason is due
	VerbAllow   Verb = "allow"   // lift the veto, also that of a rollback
)

// What drivers report. A report names the attempt it speaks of; a late one is refused.
const (
	VerbEnter          Verb = "enter"           // the lock is ours: Environment, Live, Target
	VerbShut           Verb = "shut"            // Stage may not start yet: Gate
	VerbBegin          Verb = "begin"           // Stage's next attempt starts
	VerbSkip           Verb = "skip"            // Stage is left out by rule: Reason
	VerbReportStep     Verb = "report step"     // Step
	VerbReportSuccess  Verb = "report success"  // Result
	VerbReportFailure  Verb = "report failure"  // Result: a negative verdict
	VerbReportError    Verb = "report error"    // Result: no verdict
	VerbReportStall    Verb = "report stall"    // past its deadline
	VerbReportLost     Verb = "report lost"     // the engine died while it ran
	VerbReportDeployed Verb = "report deployed" // Deployment: journalled as soon as it is known, whatever the stage's end
	VerbExpire         Verb = "expire"          // the hold's time is over
	VerbSupersede      Verb = "supersede"       // Linked: the newer run
	VerbLinkRollback   Verb = "link rollback"   // Environment, Linked
	VerbEndRollback    Verb = "end rollback"    // Environment, Linked, Outcome
)

// Command asks a run for something. ID makes it apply at most once, however often it is delivered.
type Command struct {
	ID          string
	Run         RunID
	Verb        Verb
	Actor       string
	Reason      string
	Stage       StageID
	Attempt     int
	Environment string
	Slot        *Slot
	Digest      Digest // of the application image that the command means
	Until       *time.Time
	Linked      RunID
	Outcome     Outcome
	Plan        *Plan
	Result      *Result
	Step        *Step
	Gate        *Waiting
	Live        *Deployment
	Target      *Deployment
	Deployment  *Deployment
}

// Refusal is why a command changes nothing, and what would work instead.
type Refusal struct {
	Verb    Verb
	Why     string // a sentence
	Instead string // the next step; "" when there is none
}

func (r *Refusal) Error() string {
	if r.Instead == "" {
		return string(r.Verb) + " refused: " + r.Why
	}
	return string(r.Verb) + " refused: " + r.Why + "; " + r.Instead
}

// TaskKind says what a driver should be doing for a run.
type TaskKind string

// The kinds of tasks.
const (
	TaskEnter    TaskKind = "enter"    // take the lock of Environment and report Enter (or Shut)
	TaskBegin    TaskKind = "begin"    // check the stage's gate, then Begin (or Shut, or Skip)
	TaskExecute  TaskKind = "execute"  // this attempt should be running
	TaskRollback TaskKind = "rollback" // start a rollback run of Environment and link it
	TaskExpire   TaskKind = "expire"   // at At, report Expire
	TaskWake     TaskKind = "wake"     // at At, ask again what is next
)

// Task is one thing that should be going on now.
type Task struct {
	Kind        TaskKind
	Stage       StageID
	Attempt     int
	Environment string
	At          time.Time
}
