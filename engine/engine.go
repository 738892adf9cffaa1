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
	// Events are a run's events, oldest first.
	Events(run promotion.RunID) ([]promotion.Event, error)
	// Evidence is what was captured before a rollback; nil when nothing was.
	Evidence(run promotion.RunID) (*Evidence, error)
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
}

// LogLine is one line of a log.
type LogLine struct {
	At   time.Time
	Step string // the step that wrote it; "" for Gantry itself
	Text string // as written: may hold escape sequences, which a view must strip
}

// StartRequest asks for a promotion.
type StartRequest struct {
	ID      string // makes it apply at most once, however often it is delivered; "" tells nobody apart
	Service string
	Team    string // whose slot it takes where teams are isolated; "" is the service's own
	Commit  string // any git revision; "" builds the working tree
	Until   string // the last environment to enter; "" goes all the way
	Step    bool
	Drill   *promotion.Drill
	Actor   string
	Trigger string // "merge" | "operator"
	Plan    string // the hash of the dry run that was reviewed: refused if the world has moved since; "" asks nothing
}

// RerunRequest asks for a new run of the same release.
type RerunRequest struct {
	ID     string // as of a StartRequest
	Run    promotion.RunID
	From   string // an environment; "" builds the release's commit again
	Actor  string
	Reason string
}

// ReprovisionRequest asks for a release to be put aside in the first environment that isolates teams, or the first.
type ReprovisionRequest struct {
	ID      string          // as of a StartRequest
	Run     promotion.RunID // whose release
	Expires time.Duration   // how long it stays; 0: as the configuration says
	Actor   string
	Reason  string
}

// SlotRequest asks something of a service's slot in an environment, whatever runs there.
type SlotRequest struct {
	ID          string         // makes it apply at most once
	Verb        promotion.Verb // hold | release | veto | allow
	Service     string         // of a veto it may be "": the release tells
	Team        string         // "" is the service's own
	Environment string         // "" of a veto or an allow: in every environment
	Release     string         // of a veto or an allow: version, commit or digest of the image
	Actor       string
	Reason      string
}

// RollbackRequest asks for the rollback of one environment to its last good release, or to a chosen one.
type RollbackRequest struct {
	ID          string // as of a StartRequest
	Service     string
	Team        string // "" is the service's own
	Environment string
	To          string // digest or version of an earlier release; "" is the last good one
	Actor       string
	Reason      string
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
	Present      []Presence // who works with this engine, in the order of their names
	Progress     map[AttemptKey]Progress
	Expected     map[string]map[promotion.StageID]time.Duration // service → stage → median duration of past successes
	Usual        map[string]map[promotion.StageID]time.Duration // …→ what 95 in 100 of them took at most; missing where they are few
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
	Last  string                     // the last line
}

// EnvironmentInfo is one environment as configured.
type EnvironmentInfo struct {
	Name      string
	Platform  string
	Protected bool
}

// ServiceInfo is one service as configured.
type ServiceInfo struct {
	Name      string
	Team      string
	Teams     []string // others that may take it into slots of their own
	Path      string
	DependsOn []string
	Head      string // newest commit of its main branch that touches it; "" unknown
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
	At    time.Time
	Text  string
	Error bool
}
