package commandline

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/plain"
)

type runCmd struct {
	Service string `arg:"" help:"The service to promote."`
	Commit  string `help:"Build exactly this commit, from a checkout of its own." placeholder:"REV"`
	Until   string `help:"Stop after this environment." placeholder:"ENV"`
	Step    bool   `help:"Start paused: one stage at a time."`
	Drill   string `help:"Rehearse a failure: STAGE[=fail|error|hang|crash]." placeholder:"STAGE"`
	Output  string `help:"plain or json; default: progress on a terminal, plain in a pipe." enum:",plain,json" default:""`
}

// Run starts a promotion and follows it.
func (c runCmd) Run(a *app) error {
	e, err := a.open("gantry run "+c.Service, false)
	if err != nil {
		return err
	}
	defer e.Close()
	id, err := e.Start(a.ctx, engine.StartRequest{
		Service: c.Service, Commit: c.Commit, Until: c.Until, Step: c.Step, Drill: parseDrill(c.Drill), Actor: actor(), Trigger: "operator",
	})
	if err != nil {
		return usage{err}
	}
	return a.follow(e, id, 0, c.Output)
}

// parseDrill reads STAGE[=HOW]; the configuration says whether there is such a stage.
func parseDrill(text string) *promotion.Drill {
	if text == "" {
		return nil
	}
	stage, how, found := strings.Cut(text, "=")
	if !found {
		how = "fail"
	}
	return &promotion.Drill{Stage: promotion.StageID(stage), How: how}
}

// follow follows a run to its end, or to where a person is needed, and returns the exit code that says which. What had
// happened up to the event since was told to whoever followed before.
func (a *app) follow(e Engine, id promotion.RunID, since int64, output string) error {
	end, err := plain.Follow(a.ctx, e, id, a.out, plain.Options{Format: a.format(output), Since: since})
	if a.ctx.Err() != nil {
		fmt.Fprintf(a.errs, "\nrun %d stops here and goes on at the next start: gantry resume %d, or end it: gantry abort %d\n", id, id, id)
		return exit(Interrupted)
	}
	if err != nil {
		return err
	}
	if code := codeAfter(end); code != Done {
		return exit(code)
	}
	return nil
}

func codeAfter(r promotion.Run) int {
	switch r.Outcome {
	case promotion.Succeeded, promotion.LeftAlone:
		return Done
	case promotion.RolledBack:
		if r.Plan.Kind == promotion.Rollback {
			return Done
		}
	case promotion.RollbackFailed:
		return RollbackFailed
	case "":
		if _, stage, ok := r.Current(); ok && stage.Bad() && stage.State != promotion.StateFailed {
			return NoVerdict
		}
		return Waits
	}
	return Failed
}

func (a *app) format(output string) string {
	switch {
	case output != "":
		return output
	case terminal(a.out):
		return "progress"
	}
	return "plain"
}

// command gives a run one command and follows what comes of it.
func (a *app) command(id promotion.RunID, verb promotion.Verb, stage promotion.StageID, reason, output string) error {
	e, err := a.open(fmt.Sprintf("gantry %s %d", verb, id), false)
	if err != nil {
		return err
	}
	defer e.Close()
	before, err := e.Run(id)
	if err != nil {
		return usage{err}
	}
	err = e.Command(a.ctx, promotion.Command{
		ID:  fmt.Sprintf("%s-%d-%d", verb, os.Getpid(), time.Now().UnixNano()),
		Run: id, Verb: verb, Stage: stage, Actor: actor(), Reason: reason,
	})
	if err != nil {
		return err
	}
	if verb == promotion.VerbAbort {
		fmt.Fprintf(a.out, "run %d is aborted; everything stays as it is\n", id)
		return nil
	}
	return a.follow(e, id, before.Seq, output)
}

type retryCmd struct {
	Number promotion.RunID   `arg:"" name:"run" help:"The run's number."`
	Stage  promotion.StageID `arg:"" optional:"" help:"The stage; default: the one that failed."`
	Reason string            `help:"Why, for the journal."`
	Output string            `help:"plain or json." enum:",plain,json" default:""`
}

// Run retries a stage.
func (c retryCmd) Run(a *app) error {
	return a.command(c.Number, promotion.VerbRetry, c.Stage, c.Reason, c.Output)
}

type stepCmd struct {
	Number promotion.RunID `arg:"" name:"run" help:"The run's number."`
	Output string          `help:"plain or json." enum:",plain,json" default:""`
}

// Run lets one more stage start.
func (c stepCmd) Run(a *app) error {
	return a.command(c.Number, promotion.VerbStep, "", "", c.Output)
}

type resumeCmd struct {
	Number promotion.RunID `arg:"" name:"run" help:"The run's number."`
	Output string          `help:"plain or json." enum:",plain,json" default:""`
}

// Run resumes a paused run; one that was interrupted goes on by itself once an engine is there, and is only followed.
func (c resumeCmd) Run(a *app) error {
	e, err := a.open(fmt.Sprintf("gantry resume %d", c.Number), false)
	if err != nil {
		return err
	}
	defer e.Close()
	run, err := e.Run(c.Number)
	if err != nil {
		return usage{err}
	}
	since := int64(0)
	if run.Paused {
		since = run.Seq
		err = e.Command(a.ctx, promotion.Command{Run: c.Number, Verb: promotion.VerbResume, Actor: actor()})
	}
	if err != nil {
		return err
	}
	return a.follow(e, c.Number, since, c.Output)
}

type abortCmd struct {
	Number promotion.RunID `arg:"" name:"run" help:"The run's number."`
	Reason string          `help:"Why, for the journal."`
}

// Run aborts a run.
func (c abortCmd) Run(a *app) error {
	return a.command(c.Number, promotion.VerbAbort, "", c.Reason, "")
}
