package commandline

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/attach"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/plain"
	"github.com/gantry-cd/gantry/tui/present"
)

type runCmd struct {
	Service string `arg:"" help:"The service to promote."`
	Team    string `help:"Whose slot it takes where teams are isolated; default: the service's own team." placeholder:"NAME"`
	Commit  string `help:"Build exactly this commit, from a checkout of its own." placeholder:"REV"`
	Until   string `help:"Stop after this environment." placeholder:"ENV"`
	Step    bool   `help:"Start paused: one stage at a time."`
	DryRun  bool   `help:"Show what would happen, stage by stage, and change nothing." xor:"plan"`
	Plan    string `help:"Run only what was reviewed: the hash that the dry run printed." placeholder:"HASH" xor:"plan"`
	Drill   string `help:"Rehearse a failure: STAGE[=fail|error|hang|crash|lost|corrupt|refuse|slow]." placeholder:"STAGE"`
	Output  string `help:"plain or json; default: progress on a terminal, plain in a pipe." enum:",plain,json" default:""`
}

// Run starts a promotion and follows it, or says what it would do.
func (c runCmd) Run(a *app) error {
	request := engine.StartRequest{
		ID:      commandID(promotion.VerbStart),
		Service: c.Service, Team: c.Team, Commit: c.Commit, Until: c.Until, Step: c.Step, Drill: parseDrill(c.Drill), Actor: Operator(), Trigger: "operator", Plan: c.Plan,
	}
	if c.DryRun {
		return a.rehearse(c.Output, func(e Engine) (engine.DryRun, error) { return e.DryRun(a.ctx, request) })
	}
	e, err := a.open("gantry run "+c.Service, Works)
	if err != nil {
		return err
	}
	defer e.Close()
	id, err := e.Start(a.ctx, request)
	if err != nil {
		return usage{err}
	}
	return a.follow(e, id, 0, c.Output)
}

// rehearse prints what a run would do. It needs no lock: whoever works in the state directory is not disturbed.
func (a *app) rehearse(output string, ask func(Engine) (engine.DryRun, error)) error {
	e, err := a.read()
	if err != nil {
		return err
	}
	defer e.Close()
	d, err := ask(e)
	if err != nil {
		return usage{err}
	}
	if err := plain.DryRun(a.out, d, output); err != nil {
		return err
	}
	if len(d.Wrong()) > 0 {
		return exit(Failed)
	}
	return nil
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
	if a.talks != nil {
		a.talks(id)
		return nil
	}
	end, err := plain.Follow(a.ctx, e, id, a.out, plain.Options{Format: a.format(output), Since: since})
	if other, elsewhere := workedOnElsewhere(e); elsewhere && a.ctx.Err() != nil {
		fmt.Fprintf(a.errs, "\nrun %d goes on in %s: look on with gantry, or end it: gantry abort %d\n", id, other, id)
		return exit(Interrupted)
	}
	if a.ctx.Err() != nil {
		fmt.Fprintf(a.errs, "\nrun %d stops here and goes on at the next start: gantry resume %d, or end it: gantry abort %d\n", id, id, id)
		return exit(Interrupted)
	}
	if err != nil {
		return err
	}
	if end.Outcome == promotion.RollbackFailed && output != "json" {
		for _, next := range present.AfterAFailedRollback(end) {
			fmt.Fprintln(a.out, next)
		}
	}
	if next := present.NextStep(end); next != "" && output != "json" {
		fmt.Fprintln(a.out, "next: "+next)
	}
	if code := codeAfter(end); code != Done {
		return exit(code)
	}
	return nil
}

// workedOnElsewhere names the engine of another process that does the work.
func workedOnElsewhere(e Engine) (attach.About, bool) {
	if shared, ok := e.(interface{ Elsewhere() (attach.About, bool) }); ok {
		return shared.Elsewhere()
	}
	return attach.About{}, false
}

func codeAfter(r promotion.Run) int {
	switch r.Outcome {
	case promotion.Succeeded, promotion.LeftAlone, promotion.Removed:
		return Done
	case promotion.RolledBack:
		if r.Plan.Kind == promotion.Rollback {
			return Done
		}
	case promotion.RollbackFailed:
		return RollbackFailed
	case "":
		if r.Aside() {
			return Done
		}
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

// commandID names a command, so that it is applied once however often it arrives.
func commandID(verb promotion.Verb) string {
	return fmt.Sprintf("%s-%d-%d", strings.ReplaceAll(string(verb), " ", "-"), os.Getpid(), time.Now().UnixNano())
}
