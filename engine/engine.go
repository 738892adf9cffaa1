// Package engine is what every front end talks to: one pipeline, its runs and its environments.
package engine

import (
	"context"
	"io"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Engine starts runs, takes operators' commands and tells what is going on. All methods may be called from any
// goroutine; none waits for a front end.
type Engine interface {
	// Watch delivers the present snapshot at once and afterwards the newest one whenever something changed. A slow
	// reader misses snapshots in between, never the last one. The channel closes when ctx ends or the engine stops.
	Watch(ctx context.Context) <-chan Snapshot
	// Start begins a promotion.
	Start(ctx context.Context, r StartRequest) (promotion.RunID, error)
	// DryRun says what Start would do, and changes nothing.
	DryRun(ctx context.Context, r StartRequest) (DryRun, error)
	// Command asks a run for something; a *promotion.Refusal says why not.
	Command(ctx context.Context, c promotion.Command) error
	// PreviewRollback says what RollBack would do and changes nothing.
	PreviewRollback(ctx context.Context, r RollbackRequest) (RollbackPreview, error)
	// Rerun starts a new run of the release of an earlier one, from Build or from an environment that it had reached.
	Rerun(ctx context.Context, r RerunRequest) (promotion.RunID, error)
	// DryRerun says what Rerun would do, and changes nothing; a *promotion.Refusal says why it would not.
	DryRerun(ctx context.Context, r RerunRequest) (DryRun, error)
	// Reprovision puts the release of an earlier run aside, to be investigated, beside where it counts.
	Reprovision(ctx context.Context, r ReprovisionRequest) (promotion.RunID, error)
	// CommandSlot holds or releases an environment for a service, or vetoes or allows a release there.
	CommandSlot(ctx context.Context, r SlotRequest) ([]promotion.Slot, error)
	// RollBack starts a rollback run of one environment.
	RollBack(ctx context.Context, r RollbackRequest) (promotion.RunID, error)
	// Status reads what is live where from the platforms.
	Status(ctx context.Context, service string) ([]Status, error)
	// Log opens the log of an attempt; attempt 0 is the latest.
	Log(run promotion.RunID, stage promotion.StageID, attempt int) (Log, error)
	// Run is one run of the journal, however old.
	Run(id promotion.RunID) (promotion.Run, error)
	// Runs are the runs of a service, newest first; "" means every service. Of those that ended long ago it tells what a
	// list shows, and no columns.
	Runs(service string) ([]promotion.Run, error)
	// Events are a run's events, oldest first.
	Events(run promotion.RunID) ([]promotion.Event, error)
	// Evidence is what was captured before a rollback; nil when nothing was.
	Evidence(run promotion.RunID) (*Evidence, error)
	// Changes are what sets a run's release apart from the last good one where the run went to.
	Changes(ctx context.Context, run promotion.RunID) (Changes, error)
	// Audit is who did what, when, why and with what result: commands of operators, and decisions of Gantry's own that
	// changed an environment; newest last.
	Audit(ctx context.Context) ([]AuditEntry, error)
	// Numbers are figures about what ran in the time since then.
	Numbers(ctx context.Context, since time.Duration) (Numbers, error)
	// Close ends the attempts under way (they are resumed by the next engine) and lets go of the state directory.
	Close() error
}

// Log is an attempt's log, which may still grow. Lines are numbered from 0.
type Log interface {
	io.Closer
	// Len is how many complete lines there are now.
	Len() int
	// Lines reads at most n lines from line from on.
	Lines(from, n int) ([]LogLine, error)
	// Until is how many lines had been written at a moment. It reads a few of them and not the log.
	Until(at time.Time) (int, error)
}

// LogLine is one line of a log.
type LogLine struct {
	At   time.Time
	Step string // the step that wrote it; "" for Gantry itself
	Text string // as written: may hold escape sequences, which a view must strip
}

// StartRequest asks for a promotion.
type StartRequest struct {
	ID      string           `json:"id,omitempty"` // makes it apply at most once, however often it is delivered; "" tells nobody apart
	Service string           `json:"service,omitempty"`
	Team    string           `json:"team,omitempty"`   // whose slot it takes where teams are isolated; "" is the service's own
	Commit  string           `json:"commit,omitempty"` // any git revision; "" builds the working tree
	Until   string           `json:"until,omitempty"`  // the last environment to enter; "" goes all the way
	Step    bool             `json:"step,omitempty"`
	Drill   *promotion.Drill `json:"drill,omitempty"`
	Actor   string           `json:"actor,omitempty"`
	Trigger string           `json:"trigger,omitempty"` // "merge" | "operator"
	Plan    string           `json:"plan,omitempty"`    // the hash of the dry run that was reviewed: refused if the world has moved since; "" asks nothing
}

// RerunRequest asks for a new run of the same release.
type RerunRequest struct {
	ID     string          `json:"id,omitempty"` // as of a StartRequest
	Run    promotion.RunID `json:"run,omitempty"`
	From   string          `json:"from,omitempty"`  // an environment; "" builds the release's commit again
	Until  string          `json:"until,omitempty"` // the last environment to enter; "" goes as far as the earlier run was to
	Actor  string          `json:"actor,omitempty"`
	Reason string          `json:"reason,omitempty"`
	Plan   string          `json:"plan,omitempty"` // as of a StartRequest
}

// ReprovisionRequest asks for a release to be put aside in the first environment that isolates teams, or the first.
type ReprovisionRequest struct {
	ID      string          `json:"id,omitempty"`      // as of a StartRequest
	Run     promotion.RunID `json:"run,omitempty"`     // whose release
	Expires time.Duration   `json:"expires,omitempty"` // how long it stays; 0: as the configuration says
	Actor   string          `json:"actor,omitempty"`
	Reason  string          `json:"reason,omitempty"`
}

// SlotRequest asks something of a service's slot in an environment, whatever runs there.
type SlotRequest struct {
	ID          string         `json:"id,omitempty"`          // makes it apply at most once
	Verb        promotion.Verb `json:"verb,omitempty"`        // hold | release | veto | allow
	Service     string         `json:"service,omitempty"`     // of a veto it may be "": the release tells
	Team        string         `json:"team,omitempty"`        // "" is the service's own
	Environment string         `json:"environment,omitempty"` // "" of a veto or an allow: in every environment
	Release     string         `json:"release,omitempty"`     // of a veto or an allow: version, commit or digest of the image
	Actor       string         `json:"actor,omitempty"`
	Reason      string         `json:"reason,omitempty"`
}

// RollbackRequest asks for the rollback of one environment to its last good release, or to a chosen one.
type RollbackRequest struct {
	ID          string `json:"id,omitempty"` // as of a StartRequest
	Service     string `json:"service,omitempty"`
	Team        string `json:"team,omitempty"` // "" is the service's own
	Environment string `json:"environment,omitempty"`
	To          string `json:"to,omitempty"` // digest or version of an earlier release; "" is the last good one
	// Run asks for a preview of what the policy would do to the environment if that run failed now, and not a person.
	Run    promotion.RunID `json:"run,omitempty"`
	Seen   *Seen           `json:"seen,omitempty"` // what the operator has agreed to; nil: whatever it does
	Actor  string          `json:"actor,omitempty"`
	Reason string          `json:"reason,omitempty"`
}

// Seen is what an operator has seen in a preview: the images that are live and would be. The rollback is refused when it
// would do something else by now.
type Seen struct {
	From promotion.Digest `json:"from,omitempty"` // "": nothing
	To   promotion.Digest `json:"to,omitempty"`
}

// RollbackPreview is what a rollback would do.
type RollbackPreview struct {
	Slot      promotion.Slot
	Protected bool
	From      *promotion.Deployment // nil: nothing is live
	To        *promotion.Deployment // nil: the release would be stopped
	FromBy    string                // who made them live, and in which run
	ToBy      string
	Others    []promotion.Deployment // other releases that passed there and may be gone back to, newest first
	Available bool                   // the target's image is still in the environment's repository
	Ends      []string               // what becomes of the promotions that brought the release there and go on
	Warnings  []string               // why the target may not work, though it did
	Notes     []string               // what stays as it is, and why
	Refused   string                 // why it cannot be done; "" when it can
}

// Seen is what whoever has read the preview agrees to.
func (p RollbackPreview) Seen() *Seen {
	image := func(d *promotion.Deployment) promotion.Digest {
		if d == nil {
			return ""
		}
		return d.Release.Image
	}
	return &Seen{From: image(p.From), To: image(p.To)}
}

// Status is one service in one environment.
type Status struct {
	Slot     promotion.Slot
	Live     *Live                 // read from the platform just now; nil: nothing runs
	Recorded *promotion.Deployment // what the journal says
	LastGood *promotion.Deployment
	Drift    string // how Live and Recorded differ; "" when they do not
	Hold     string // which release may not enter, and why; "" when none
	Error    string // why Live could not be read
	Aside    []Aside
}

// Aside is a release that was put aside next to a slot. It never counts as live there.
type Aside struct {
	Run      promotion.RunID // the reprovision
	Slot     promotion.Slot  // its own
	Release  promotion.Release
	Actor    string // who put it there
	Expires  time.Time
	Endpoint string // "" unknown
	Waits    string // why it is not up, or not yet; "" when it is
	Live     *Live  // in a Status: read from the platform just now
	Error    string // …or why it could not be
}

// Snapshot is the state of everything at one moment. It is a value: nobody changes it afterwards.
type Snapshot struct {
	At           time.Time
	Seq          int64 // of the newest event in it
	Mode         string
	Justified    string // why continuous delivery was chosen, when it was
	Environments []EnvironmentInfo
	Services     []ServiceInfo
	Runs         []promotion.Run // newest first; every run that is not finished, and the latest finished ones
	Slots        []SlotInfo
	Notices      []Notice   // what the engine has to say, newest last
	Halted       string     // why nothing further starts, for as long as it is so: the journal cannot be written; "" otherwise
	Elsewhere    string     // the process that the engine is in, "gantry watch (pid 12)"; "" when it is this one
	Present      []Presence // who works with this engine, in the order of their names
	Progress     map[AttemptKey]Progress
	Paces        promotion.Paces // how long stages take
}

// Presence is an operator who looks on, or has asked for something since the engine began.
type Presence struct {
	Operator string    `json:"operator"`
	Programs []string  `json:"programs,omitempty"` // that look on now: "gantry", "gantry run orders"
	Asked    string    `json:"asked,omitempty"`    // the last thing asked for: "pause run 42"; "" nothing yet
	At       time.Time `json:"at,omitzero"`        // when that was
}

// AttemptKey names one attempt.
type AttemptKey struct {
	Run     promotion.RunID
	Stage   promotion.StageID
	Attempt int
}

// Progress is what a running attempt has shown so far; it is not journalled.
type Progress struct {
	Lines int                        // complete lines in the log
	Tests map[string]promotion.Tests // by step
	Open  string                     // what is shown of a line that has no end yet: a progress bar, a question
}

// EnvironmentInfo is one environment as configured.
type EnvironmentInfo struct {
	Name      string `json:"name,omitempty"`
	Platform  string `json:"platform,omitempty"`
	Protected bool   `json:"protected,omitempty"`
}

// ServiceInfo is one service as configured.
type ServiceInfo struct {
	Name      string   `json:"name,omitempty"`
	Team      string   `json:"team,omitempty"`
	Teams     []string `json:"teams,omitempty"` // others that may take it into slots of their own
	Path      string   `json:"path,omitempty"`
	DependsOn []string `json:"depends_on,omitempty"`
	Head      string   `json:"head,omitempty"` // newest commit of its main branch that touches it; "" unknown
}

// SlotInfo is what the journal says about one slot.
type SlotInfo struct {
	Slot     promotion.Slot
	Live     *promotion.Deployment
	LastGood *promotion.Deployment
	Holder   promotion.RunID // the run that holds the slot's lock; 0: nobody
	Hold     *promotion.Hold // a person's; nil: none
	Vetoed   []promotion.Digest
	Endpoint string // "" unknown
	Drift    string // how what runs differs from Live, when it was looked at last; "" when it did not, or nobody could tell
	Aside    []Aside
}

// Notice is one thing worth telling an operator that belongs to no run.
type Notice struct {
	At    time.Time `json:"at"`
	Text  string    `json:"text,omitempty"`
	Error bool      `json:"error,omitempty"`
}
