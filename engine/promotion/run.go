// Package promotion is the pure core of Gantry: what a Run is, what may happen to it next, and why it waits.
//
// A Run is a fold of its events (Apply). An operator's or a driver's command becomes events, or a typed refusal
// (Decide). What should be running now is a function of the Run (Next). Nothing here does I/O, reads a clock,
// starts a goroutine or depends on the order of a map, so every rule can be replayed and proven.
package promotion

import (
	"fmt"
	"strings"
	"time"
)

// RunID numbers the runs of one journal: 1, 2, 3…
type RunID int64

// Digest names content, as "sha256:<64 hex digits>". The zero Digest names nothing.
type Digest string

// Short is the digest's first seven hex digits, as people compare them; "—" for none.
func (d Digest) Short() string {
	_, hex, found := strings.Cut(string(d), ":")
	if !found || len(hex) < 7 {
		return "—"
	}
	return hex[:7]
}

// StageID names one box of the board: "qa/deploy". The build column's stages are "build/build" and "build/contract".
type StageID string

// Column is the environment (or "build") that the stage stands in.
func (s StageID) Column() string { column, _, _ := strings.Cut(string(s), "/"); return column }

// Name is the stage's name within its column.
func (s StageID) Name() string { _, name, _ := strings.Cut(string(s), "/"); return name }

// BuildColumn is the name of the first column, which belongs to no environment.
const BuildColumn = "build"

// Kind says what a stage does.
type Kind string

// The kinds of stages.
const (
	KindBuild      Kind = "build"
	KindContract   Kind = "contract"
	KindPush       Kind = "push"
	KindCopy       Kind = "copy"
	KindMigrate    Kind = "migrate"
	KindCompat     Kind = "compat"
	KindDeploy     Kind = "deploy"
	KindAcceptance Kind = "acceptance"
	KindE2E        Kind = "e2e"
	KindStub       Kind = "stub"
	KindPublish    Kind = "publish"
	KindEvidence   Kind = "evidence" // of a rollback: what the environment looked like before it
	KindRollback   Kind = "rollback" // of a rollback: the target is made live and proven to be
	KindRemove     Kind = "remove"   // of a reprovision: what was put aside is taken away again
)

// Judges tells whether a stage of this kind proves something in an environment and changes nothing there.
func (k Kind) Judges() bool {
	switch k {
	case KindCompat, KindAcceptance, KindE2E, KindStub:
		return true
	}
	return false
}

// RunKind says what a run is for.
type RunKind string

// The kinds of runs.
const (
	Promotion   RunKind = "promotion"
	Rollback    RunKind = "rollback"
	Reprovision RunKind = "reprovision" // a failed release, put aside to be investigated; never counts as live
)

// Release is what a run carries from environment to environment. It never changes once built.
type Release struct {
	Service      string            `json:"service"`
	Version      string            `json:"version"`                // "1.8.0"
	Commit       string            `json:"commit"`                 // full hash; "" when the path is no git checkout
	Subject      string            `json:"subject,omitempty"`      // first line of the commit's message
	Author       string            `json:"author,omitempty"`       // the commit's author
	Dirty        string            `json:"dirty,omitempty"`        // hash of the working tree's content when it differs from Commit
	Image        Digest            `json:"image,omitempty"`        // the application image
	Migration    Digest            `json:"migration,omitempty"`    // the migration image; "" for a service without a database
	Verification Digest            `json:"verification,omitempty"` // the acceptance and E2E suites
	Stub         Digest            `json:"stub,omitempty"`         // the stub bundle that this run published
	Tested       map[string]Digest `json:"tested,omitempty"`       // dependency@channel → stub digest the contract stage ran against
	Config       string            `json:"config,omitempty"`       // hash of the service's configuration
	Contracts    []string          `json:"contracts,omitempty"`    // its migrations that take away what an older release may still use
}

// Name is how people call the release: "1.8.0 3f9c1e2", with "+dirty" where it was built from an unclean tree. Without a
// commit it goes by the hash of its files.
func (r Release) Name() string {
	if r.Commit == "" {
		return strings.TrimSpace(r.Version + " " + r.ShortDirty())
	}
	name := strings.TrimSpace(r.Version + " " + r.ShortCommit())
	if r.Dirty != "" {
		name += "+dirty"
	}
	return name
}

// ShortCommit is the first seven digits of the commit.
func (r Release) ShortCommit() string { return r.Commit[:min(7, len(r.Commit))] }

// ShortDirty is the first seven digits of the hash of files that were no commit.
func (r Release) ShortDirty() string { return r.Dirty[:min(7, len(r.Dirty))] }

// Slot is where a service runs in one environment. Team is set only in environments that isolate teams.
type Slot struct {
	Environment string `json:"environment"`
	Service     string `json:"service"`
	Team        string `json:"team,omitempty"`
	Aside       RunID  `json:"aside,omitempty"` // the reprovision that put a release here; 0: the slot that counts
}

func (s Slot) String() string {
	if s.Aside != 0 {
		return fmt.Sprintf("%s/%s (aside, run %d)", s.Environment, s.Service, s.Aside)
	}
	if s.Team != "" {
		return fmt.Sprintf("%s/%s (%s)", s.Environment, s.Service, s.Team)
	}
	return s.Environment + "/" + s.Service
}

// Deployment is the record "this release has been live here since then, because of that".
type Deployment struct {
	Release Release   `json:"release"`
	Since   time.Time `json:"since"`
	Cause   string    `json:"cause"` // promoted | failed over | rolled back | put aside
	Run     RunID     `json:"run"`   // the run that made it live
}

// Plan is everything a run needs to know, fixed when it starts: a configuration edited later does not reach it.
type Plan struct {
	Kind    RunKind  `json:"kind"`
	Service string   `json:"service"`
	Team    string   `json:"team,omitempty"`
	Trigger string   `json:"trigger"`           // "merge" | "operator" | "policy"
	Source  Source   `json:"source"`            // what to build
	Columns []Column `json:"columns"`           // in promotion order, the build column first
	Step    bool     `json:"step,omitempty"`    // start in step mode
	Queue   string   `json:"queue,omitempty"`   // "latest" (an older waiting run is superseded) | "fifo"
	Mode    string   `json:"mode,omitempty"`    // "continuous-deployment" | "continuous-delivery"
	Drill   *Drill   `json:"drill,omitempty"`   // a rehearsed failure
	Revert  *Revert  `json:"revert,omitempty"`  // of a rollback
	Config  string   `json:"config,omitempty"`  // the run's own copy of the configuration, as TOML
	Rerun   RunID    `json:"rerun,omitempty"`   // the run whose release goes once more
	Release *Release `json:"release,omitempty"` // of a rerun that begins in an environment, and of a reprovision: what it carries
	Passed  []Slot   `json:"passed,omitempty"`  // of a rerun that begins in an environment: where the earlier run passed, "build" first
	Hash    string   `json:"hash,omitempty"`    // of the dry run that was reviewed
	Expires Duration `json:"expires,omitempty"` // of a reprovision: how long it stays
	Warning []string `json:"warning,omitempty"` // for example a verification that the configuration leaves out

	aside RunID // of a reprovision that has started: its own number, which sets its slot apart
}

// Source is what a promotion builds from.
type Source struct {
	Path    string `json:"path"`             // the service's directory
	Commit  string `json:"commit,omitempty"` // builds exactly this commit; "" builds a copy of the working tree
	Subject string `json:"subject,omitempty"`
	Author  string `json:"author,omitempty"`
	Dirty   string `json:"dirty,omitempty"`
	Version string `json:"version,omitempty"`
	// Uncommitted are files that were not as in Commit when the run began, from the top of the repository, and
	// MoreUncommitted how many there were besides.
	Uncommitted     []string `json:"uncommitted,omitempty"`
	MoreUncommitted int      `json:"moreUncommitted,omitempty"`
	// Committed is when the commit was made, by its committer's clock: where its lead time begins. Zero without a commit.
	Committed time.Time `json:"committed,omitzero"`
}

// Named is the source with n of its uncommitted files by name, and the number of the others.
func (s Source) Named(n int) Source {
	if more := len(s.Uncommitted) - n; more > 0 {
		s.Uncommitted, s.MoreUncommitted = s.Uncommitted[:n:n], s.MoreUncommitted+more
	}
	return s
}

// Drill rehearses a failure of one stage; everything after it is real.
type Drill struct {
	Stage StageID `json:"stage"`
	How   string  `json:"how"` // DrillFail, DrillError…
}

// Revert says what a rollback reverts and to what.
type Revert struct {
	Cause  RunID       `json:"cause,omitempty"`  // the promotion that it reverts; 0 for an operator's rollback
	From   Digest      `json:"from"`             // the image that must still be live, else the environment is left alone
	Target *Deployment `json:"target,omitempty"` // nil: nothing was ever good here, the failed release is stopped
	Drill  bool        `json:"drill,omitempty"`  // a rehearsal vetoes nothing
	// Reverts is the run that had made live what is reverted, where a person asked for it; 0 unknown.
	Reverts RunID `json:"reverts,omitempty"`
	// Unproven: the deploy it reverts ended without a verdict, so the record of what is live proves nothing and the
	// target is made live in any case.
	Unproven bool `json:"unproven,omitempty"`
}

// Column is one environment of the plan, or the build column.
type Column struct {
	Name      string   `json:"name"`
	Protected bool     `json:"protected,omitempty"`
	Isolated  bool     `json:"isolated,omitempty"`   // teams have slots of their own here
	RollsBack []string `json:"rolls_back,omitempty"` // what a failure here rolls back
	OnFailure string   `json:"on_failure,omitempty"` // "rollback" | "hold"
	HoldFor   Duration `json:"hold_for,omitempty"`   // how long "hold" waits before it rolls back; 0 waits for a person
	Stages    []Stage  `json:"stages"`

	Approval     *Approval `json:"approval,omitempty"`      // a person must approve before a release enters
	Soak         Duration  `json:"soak,omitempty"`          // how long a release must have been live here before it goes on
	Dependencies string    `json:"dependencies,omitempty"`  // what must be live here of the services it depends on: "any" | "live" | "tested"
	DependsOn    []Slot    `json:"depends_on,omitempty"`    // where those services run here, when Dependencies asks for them
	ExclusiveE2E bool      `json:"exclusive_e2e,omitempty"` // only one E2E at a time in this environment, whatever the service
}

// Approval is what an environment wants of whoever lets a release in.
type Approval struct {
	Expires  Duration `json:"expires,omitempty"`   // how long an approval counts that is not used; 0: until it is
	FourEyes bool     `json:"four_eyes,omitempty"` // neither the author nor who started the run may approve
}

// Stage is one box of a column.
type Stage struct {
	ID       StageID  `json:"id"`
	Kind     Kind     `json:"kind"`
	Deadline Duration `json:"deadline,omitempty"` // an attempt without an end by then is stalled and ended
	Retries  int      `json:"retries,omitempty"`  // how often an errored attempt is repeated before it asks
	Backoff  Duration `json:"backoff,omitempty"`  // how long the first repetition waits; each later one twice as long
	// RetryFailed repeats negative verdicts too. A pass after one is flaky, and shown as such.
	RetryFailed bool     `json:"retry_failed,omitempty"`
	Budget      Duration `json:"budget,omitempty"`     // longer than this is a warning: a quick pipeline is kept quick
	OnFailure   string   `json:"on_failure,omitempty"` // "" is what the column says
	HoldFor     Duration `json:"hold_for,omitempty"`   // where OnFailure is "hold"
	Once        bool     `json:"once,omitempty"`       // not safe to repeat: interrupted, it asks a person
	Steps       []string `json:"steps,omitempty"`      // the steps' names in the order of the configuration
}

// Duration is a time.Duration that reads as "4m12s" in JSON.
type Duration time.Duration

// String writes the duration as people do: "90s" is "1m30s", and an hour is "1h".
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText writes the duration as Go does: "1m30s".
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("duration %q: write it like \"90s\" or \"10m\": %w", text, err)
	}
	*d = Duration(parsed)
	return nil
}

// Slot is where this plan's service runs in the column's environment.
func (p Plan) Slot(column string) Slot {
	slot := Slot{Environment: column, Service: p.Service, Aside: p.aside}
	for _, c := range p.Columns {
		if c.Name == column && c.Isolated {
			slot.Team = p.Team
		}
	}
	for _, passed := range p.Passed {
		if passed.Environment == column {
			slot.Team = passed.Team
		}
	}
	return slot
}
