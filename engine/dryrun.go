package engine

import (
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// DryRun is what a promotion would do if it were started now, column by column and stage by stage. Nothing was changed
// to find out. Its JSON is what `gantry run --dry-run --output json` prints, and `gantry rerun` with
// the same flags: the names are stable.
type DryRun struct {
	At       time.Time        `json:"at"`
	Hash     string           `json:"hash"` // `gantry run --plan HASH` runs this and nothing else
	Service  string           `json:"service"`
	Team     string           `json:"team,omitempty"`
	Rerun    promotion.RunID  `json:"rerun,omitempty"` // the run whose release goes once more; 0: it is no rerun
	From     string           `json:"from,omitempty"`  // the environment that a rerun begins in; "" is the build
	Release  string           `json:"release"`         // as people will call it
	Source   promotion.Source `json:"source"`
	Changed  []string         `json:"changed,omitempty"` // the files that make the working tree differ from the commit
	Commit   string           `json:"commit,omitempty"`  // as it was asked for; "" is the working tree
	OfTeam   string           `json:"of_team,omitempty"` // as it was asked for; "" is the service's own
	Until    string           `json:"until,omitempty"`
	Step     bool             `json:"step,omitempty"`
	Drill    *promotion.Drill `json:"drill,omitempty"`
	Mode     string           `json:"mode"`
	Config   string           `json:"config"` // hash of what the configuration says of this promotion
	Warnings []string         `json:"warnings"`
	Checks   []Check          `json:"checks"` // of what belongs to no environment
	Columns  []DryRunColumn   `json:"columns"`
}

// DryRunColumn is the build, or one environment.
type DryRunColumn struct {
	Name      string                `json:"name"`
	Protected bool                  `json:"protected,omitempty"`
	Team      string                `json:"team,omitempty"`  // whose slot it is, where teams have their own
	Live      *promotion.Deployment `json:"live"`            // as journalled; null: nothing was deployed yet
	Running   *Live                 `json:"running"`         // as the platform says; null: nothing, or it could not be asked
	Drift     string                `json:"drift,omitempty"` // how the two differ
	LastGood  *promotion.Deployment `json:"last_good"`       // what a rollback would go back to; null: to nothing
	Gates     []promotion.Waiting   `json:"gates"`           // what keeps the release out, or will ask before it enters
	Checks    []Check               `json:"checks"`
	Stages    []DryRunStage         `json:"stages"`
}

// DryRunStage is one stage and everything that follows from it.
type DryRunStage struct {
	ID       promotion.StageID  `json:"id"`
	Kind     promotion.Kind     `json:"kind"`
	Skipped  string             `json:"skipped,omitempty"` // why it is left out
	Action   string             `json:"action,omitempty"`  // what Gantry itself does, in a sentence
	Commands []DryRunCommand    `json:"commands,omitempty"`
	Moves    []DryRunMove       `json:"moves,omitempty"`
	Stubs    []DryRunStub       `json:"stubs,omitempty"`
	Deadline promotion.Duration `json:"deadline,omitempty"`
	Retries  int                `json:"retries,omitempty"`
	Backoff  promotion.Duration `json:"backoff,omitempty"`
	Budget   promotion.Duration `json:"budget,omitempty"`
	// RetryFailed: a negative verdict is tried again too.
	RetryFailed bool          `json:"retry_failed,omitempty"`
	Once        bool          `json:"once,omitempty"`
	Failure     DryRunFailure `json:"failure"`
}

// DryRunCommand is one command, exactly as it would run.
type DryRunCommand struct {
	Name   string   `json:"name"`
	Run    string   `json:"run"`
	Needs  []string `json:"needs,omitempty"` // the steps that must have succeeded first
	Report string   `json:"report,omitempty"`
}

// DryRunMove is one image on its way.
type DryRunMove struct {
	What   string           `json:"what"`           // "application image"
	Digest promotion.Digest `json:"digest"`         // "": known once it is built
	From   string           `json:"from,omitempty"` // a repository; "" is the build
	To     string           `json:"to"`
}

// DryRunStub is one stub that the contract tests would run against.
type DryRunStub struct {
	Service string           `json:"service"`
	Channel string           `json:"channel"`
	Digest  promotion.Digest `json:"digest"`  // "": there is none
	Decides bool             `json:"decides"` // a failure against this channel is a failure; against another one a warning
}

// DryRunFailure is what a negative verdict of a stage would lead to.
type DryRunFailure struct {
	Policy    string             `json:"policy"`             // "rollback" | "hold"
	HoldFor   promotion.Duration `json:"hold_for,omitempty"` // 0: until a person acts
	RollsBack []DryRunRollback   `json:"rolls_back"`         // empty: nothing was deployed by then
}

// DryRunRollback is one environment that would be rolled back.
type DryRunRollback struct {
	Environment string             `json:"environment"`
	To          *promotion.Release `json:"to"` // null: nothing was ever good there, the release is stopped
}

// Wrong are the checks that a run would stumble over, in order.
func (d DryRun) Wrong() []Check {
	var wrong []Check
	add := func(checks []Check) {
		for _, c := range checks {
			if c.State == CheckWrong {
				wrong = append(wrong, c)
			}
		}
	}
	add(d.Checks)
	for _, c := range d.Columns {
		add(c.Checks)
	}
	return wrong
}
