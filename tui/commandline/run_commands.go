package commandline

import (
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/plain"
	"github.com/gantry-cd/gantry/tui/present"
)

// order is a command to one run, as it stands in the command line.
type order struct {
	Number promotion.RunID `arg:"" name:"run" help:"The run's number."`
	Reason string          `help:"Why, for the journal."`
}

// followed is an order after which the run goes on, and is followed.
type followed struct {
	order
	Output string `help:"plain or json; default: progress on a terminal, plain in a pipe." enum:",plain,json" default:""`
}

// give applies a command to the run, which an engine in the given mode holds, and returns the run as it was before.
func (o order) give(a *app, mode Mode, c promotion.Command) (e Engine, before promotion.Run, err error) {
	if e, err = a.open(fmt.Sprintf("gantry %s %d", c.Verb, o.Number), mode); err != nil {
		return nil, before, err
	}
	if before, err = e.Run(o.Number); err != nil {
		return nil, before, closing(e, usage{err})
	}
	c.ID, c.Run, c.Actor, c.Reason = commandID(c.Verb), o.Number, Operator(), o.Reason
	if err := e.Command(a.ctx, c); err != nil {
		return nil, before, closing(e, err)
	}
	return e, before, nil
}

// closing closes an engine that is not needed any more because of an error.
func closing(e Engine, err error) error {
	_ = e.Close()
	return err
}

// give applies the command and follows what comes of it.
func (f followed) give(a *app, c promotion.Command) error {
	f.explain(a, c.Verb)
	e, before, err := f.order.give(a, Obeys, c)
	if err != nil {
		return err
	}
	defer e.Close()
	return a.follow(e, f.Number, before.Seq, f.Output)
}

// explain says what the verb does where another one may have been meant.
func (f followed) explain(a *app, verb promotion.Verb) {
	if line := present.Explain(verb); line != "" && f.Output != "json" {
		fmt.Fprintln(a.out, line)
	}
}

// tell applies the command, starts nothing, and says how things stand.
func (o order) tell(a *app, c promotion.Command, format string, args ...any) error {
	e, _, err := o.give(a, Rests, c)
	if err != nil {
		return err
	}
	defer e.Close()
	_, err = fmt.Fprintf(a.out, "run %d "+format+"\n", append([]any{o.Number}, args...)...)
	return err
}

type retryCmd struct {
	followed
	Stage promotion.StageID `arg:"" optional:"" help:"The stage; default: the one that went wrong. An earlier one of its environment runs again with all after it."`
}

// Run retries the stage that went wrong, or goes back to an earlier one.
func (c retryCmd) Run(a *app) error {
	verb := promotion.VerbRetry
	if c.Stage != "" {
		if run, err := a.peek(c.Number); err == nil && isEarlier(run, c.Stage) {
			verb = promotion.VerbRetryFrom
		}
	}
	return c.give(a, promotion.Command{Verb: verb, Stage: c.Stage})
}

// isEarlier tells whether the stage is one that the run has behind it in the environment it stands in.
func isEarlier(run promotion.Run, stage promotion.StageID) bool {
	_, current, ok := run.Current()
	state, found := run.Stage(stage)
	return ok && found && stage != current.ID && len(state.Attempts) > 0
}

type stepCmd struct{ followed }

// Run lets one more stage start.
func (c stepCmd) Run(a *app) error { return c.give(a, promotion.Command{Verb: promotion.VerbStep}) }

type pauseCmd struct{ order }

// Run pauses a run, or stops the countdown of one that is on hold.
func (c pauseCmd) Run(a *app) error {
	if run, err := a.peek(c.Number); err == nil && run.Held != nil && run.Held.Until != nil {
		return c.tell(a, promotion.Command{Verb: promotion.VerbPause}, "stays on hold until a person decides: the countdown is stopped")
	}
	return c.tell(a, promotion.Command{Verb: promotion.VerbPause}, "is paused: gantry step %d or gantry resume %d", c.Number, c.Number)
}

type extendCmd struct {
	order
	By time.Duration `help:"How long from now." default:"10m"`
}

// Run moves the end of a countdown.
func (c extendCmd) Run(a *app) error {
	until := time.Now().Add(c.By)
	return c.tell(a, promotion.Command{Verb: promotion.VerbExtend, Until: &until}, "waits until %s", until.Format("15:04:05"))
}

type resumeCmd struct{ followed }

// Run resumes a paused run; one that was interrupted goes on by itself once an engine is there, and is only followed.
func (c resumeCmd) Run(a *app) error {
	run, err := a.peek(c.Number)
	if err != nil {
		return usage{err}
	}
	if run.Paused || run.Done() { // one that has ended is refused
		return c.give(a, promotion.Command{Verb: promotion.VerbResume})
	}
	c.explain(a, promotion.VerbResume)
	e, err := a.open(fmt.Sprintf("gantry resume %d", c.Number), Works)
	if err != nil {
		return err
	}
	defer e.Close()
	return a.follow(e, c.Number, 0, c.Output)
}

// peek looks at a run without holding the state directory.
func (a *app) peek(id promotion.RunID) (promotion.Run, error) {
	e, err := a.read()
	if err != nil {
		return promotion.Run{}, err
	}
	defer e.Close()
	return e.Run(id)
}

type abortCmd struct {
	followed
	Rollback bool `help:"Roll back what the policy says, instead of leaving everything as it is; shows first what that is."`
	Yes      bool `help:"With --rollback: do not ask."`
}

// Run aborts a run.
func (c abortCmd) Run(a *app) error {
	if c.Rollback {
		if err := c.preview(a); err != nil {
			return err
		}
		return c.give(a, promotion.Command{Verb: promotion.VerbRollBack})
	}
	return c.tell(a, promotion.Command{Verb: promotion.VerbAbort}, "is aborted; everything stays as it is")
}

// preview shows what the policy would roll back, and asks where an environment is protected.
func (c abortCmd) preview(a *app) error {
	e, err := a.read()
	if err != nil {
		return err
	}
	defer e.Close()
	run, err := e.Run(c.Number)
	if err != nil {
		return usage{err}
	}
	for _, environment := range run.RollsBackNow() {
		p, err := e.PreviewRollback(a.ctx, engine.RollbackRequest{Service: run.Plan.Service, Team: run.Plan.Team, Environment: environment, Run: run.ID})
		if err != nil {
			return usage{err}
		}
		if c.Output != "json" {
			plain.Preview(a.out, p)
		}
		if p.Protected && p.Refused == "" {
			if err := a.confirm(p, c.Yes); err != nil {
				return err
			}
		}
	}
	return nil
}

type approveCmd struct {
	followed
	Environment string `arg:"" optional:"" name:"env" help:"The environment; default: the one that the run waits before."`
	Digest      string `help:"The image's digest, to be sure that it is the one you looked at." placeholder:"SHA256"`
}

// Run approves the release that the run carries.
func (c approveCmd) Run(a *app) error {
	run, err := a.peek(c.Number)
	if err != nil {
		return usage{err}
	}
	image := promotion.Digest(c.Digest)
	if image == "" || c.Digest == run.Release.Image.Short() {
		image = run.Release.Image
	}
	environment := waitsBefore(run, c.Environment)
	if column, _ := run.Column(environment); c.Output != "json" && !run.Done() && column.Column.Approval != nil {
		fmt.Fprintf(a.out, "approve: %s %s by %s, image %s, into %s\n", run.Release.Service, run.Release.Name(), orUnknown(run.Release.Author), image.Short(), environment)
		if a.talks != nil { // one word may have been said by mistake
			if err := a.want("yes", "Approve it? Type yes: "); err != nil {
				return err
			}
		}
	}
	return c.give(a, promotion.Command{Verb: promotion.VerbApprove, Environment: environment, Digest: image})
}

// waitsBefore is the environment that was named, or the next one that the run enters.
func waitsBefore(run promotion.Run, named string) string {
	if column, _, ok := run.Current(); ok && named == "" {
		return column.Name
	}
	return named
}

func orUnknown(author string) string {
	if author == "" {
		return "an unknown author"
	}
	return author
}

type rejectCmd struct {
	order
	Environment string `arg:"" optional:"" name:"env" help:"The environment; default: the one that the run waits before."`
}

// Run rejects the release, which ends the run.
func (c rejectCmd) Run(a *app) error {
	run, err := a.peek(c.Number)
	if err != nil {
		return usage{err}
	}
	environment := waitsBefore(run, c.Environment)
	return c.tell(a, promotion.Command{Verb: promotion.VerbReject, Environment: environment}, "is rejected for %s; it has ended", environment)
}

type overrideCmd struct {
	followed
	What string `arg:"" name:"stage|env" help:"A verification that went wrong, as qa/e2e; or an environment whose freeze, soak or dependency gate is shut."`
}

// Run waves a run through a stage that went wrong, or a gate that is shut.
func (c overrideCmd) Run(a *app) error {
	command := promotion.Command{Verb: promotion.VerbOverride}
	if stage := promotion.StageID(c.What); stage.Name() != "" {
		command.Stage = stage
	} else {
		command.Environment = c.What
	}
	return c.give(a, command)
}

type rerunCmd struct {
	followed
	From  string `help:"Begin in this environment, with the images that passed those before it; default: the build." placeholder:"ENV"`
	Until string `help:"Stop after this environment; default: where the earlier run was to stop." placeholder:"ENV"`

	DryRun bool   `help:"Show what would happen, stage by stage, and change nothing." xor:"plan"`
	Plan   string `help:"Run only what was reviewed: the hash that the dry run printed." placeholder:"HASH" xor:"plan"`
}

// Run starts a new run of an earlier one's release, or says what it would do.
func (c rerunCmd) Run(a *app) error {
	request := engine.RerunRequest{
		ID: commandID(present.VerbRerun), Run: c.Number, From: c.From, Until: c.Until, Actor: Operator(), Reason: c.Reason, Plan: c.Plan,
	}
	if c.DryRun {
		return a.rehearse(c.Output, func(e Engine) (engine.DryRun, error) { return e.DryRerun(a.ctx, request) })
	}
	c.explain(a, present.VerbRerun)
	e, err := a.open(fmt.Sprintf("gantry rerun %d", c.Number), Obeys)
	if err != nil {
		return err
	}
	defer e.Close()
	id, err := e.Rerun(a.ctx, request)
	if err != nil {
		return usage{err}
	}
	return a.follow(e, id, 0, c.Output)
}
