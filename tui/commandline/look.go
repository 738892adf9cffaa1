package commandline

import (
	"fmt"
	"os"
	"time"

	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/plain"
)

type consoleCmd struct{}

// Run opens the console, or says what is live where there is no terminal to show it on. Sentences need none.
func (consoleCmd) Run(a *app) error {
	if a.plain {
		e, err := a.open("gantry --plain", Watches)
		if err != nil {
			return err
		}
		defer e.Close()
		return a.converse(e)
	}
	if !terminal(a.in) || !terminal(a.out) {
		fmt.Fprint(a.out, "The console needs a terminal. Without one: gantry run SERVICE, gantry status, gantry --help. What is live:\n\n")
		return statusCmd{Output: "plain"}.Run(a)
	}
	if err := knownTheme(os.Getenv("GANTRY_THEME")); err != nil {
		return usage{fmt.Errorf("GANTRY_THEME: %w", err)}
	}
	e, err := a.open("gantry", Watches)
	if err != nil {
		return err
	}
	defer e.Close()
	return a.wiring.Console(a.ctx, e, a.files)
}

type statusCmd struct {
	Service string `arg:"" optional:"" help:"Only this service."`
	Output  string `help:"plain or json." enum:"plain,json" default:"plain"`
}

// Run prints what is live.
func (c statusCmd) Run(a *app) error {
	e, err := a.read()
	if err != nil {
		return err
	}
	defer e.Close()
	list, err := e.Status(a.ctx, c.Service)
	if err != nil {
		return usage{err}
	}
	if a.talks != nil && c.Output == plain.Plain {
		return plain.SayStatus(a.out, list)
	}
	return plain.Status(a.out, list, c.Output)
}

type runsCmd struct {
	Service string `arg:"" optional:"" help:"Only this service."`
	Output  string `help:"plain or json." enum:"plain,json" default:"plain"`
}

// Run lists runs.
func (c runsCmd) Run(a *app) error {
	e, err := a.read()
	if err != nil {
		return err
	}
	defer e.Close()
	runs, err := e.Runs(c.Service)
	if err != nil {
		return usage{err}
	}
	a.tellIfNobodyWorks(runs...)
	if a.talks != nil && c.Output == plain.Plain {
		return plain.SayRuns(a.out, runs, time.Now())
	}
	return plain.Runs(a.out, runs, c.Output, time.Now())
}

// tellIfNobodyWorks says that a run which the journal has as running stands still, because the engine that worked on it
// has ended.
func (a *app) tellIfNobodyWorks(runs ...promotion.Run) {
	if _, held := journal.HolderOf(a.files.State); held {
		return
	}
	for _, run := range runs {
		if !run.Done() && !run.Aside() && !run.Waits().NeedsPerson() {
			fmt.Fprintf(a.errs, "gantry: no engine is at work, so that run %d stands still: `gantry resume %d` goes on with it\n", run.ID, run.ID)
		}
	}
}

type showCmd struct {
	Number promotion.RunID `arg:"" name:"run" help:"The run's number."`
	Output string          `help:"plain or json." enum:"plain,json" default:"plain"`
}

// Run shows one run.
func (c showCmd) Run(a *app) error {
	e, err := a.read()
	if err != nil {
		return err
	}
	defer e.Close()
	run, err := e.Run(c.Number)
	if err != nil {
		return usage{err}
	}
	a.tellIfNobodyWorks(run)
	changes, err := e.Changes(a.ctx, c.Number)
	if err != nil {
		return err
	}
	return plain.Show(a.out, run, changes, c.Output, time.Now())
}

type logsCmd struct {
	Number  promotion.RunID   `arg:"" name:"run" help:"The run's number."`
	Stage   promotion.StageID `arg:"" help:"The stage, as qa/deploy; or evidence: what was captured before a rollback."`
	Attempt int               `help:"Which attempt; default: the latest."`
	Follow  bool              `help:"Go on until the attempt ends."`
}

// Run prints a log.
func (c logsCmd) Run(a *app) error {
	e, err := a.read()
	if err != nil {
		return err
	}
	defer e.Close()
	if err := plain.Logs(a.ctx, a.out, e, c.Number, c.Stage, c.Attempt, c.Follow); err != nil {
		return usage{err}
	}
	return nil
}
