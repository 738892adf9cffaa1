package rehearse

import (
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// DryRun plays the run to its end, and at each stage asks the core what a failure there would lead to.
func DryRun(f Facts) (engine.DryRun, error) {
	d := engine.DryRun{
		At: f.Now, Service: f.Plan.Service, Team: f.Plan.Team, Rerun: f.Plan.Rerun, From: f.From(), Release: f.release(), Source: f.Plan.Source, Changed: f.Changed,
		Commit: f.Request.Commit, OfTeam: f.Request.Team, Until: f.Request.Until, Step: f.Request.Step, Drill: f.Plan.Drill, Mode: f.Plan.Mode,
		Warnings: append([]string{}, f.Plan.Warning...), Checks: append([]engine.Check{}, f.Checks...),
	}
	parts, err := Parts(f)
	if err != nil {
		return d, err
	}
	d.Hash, d.Config = Hash(parts), parts[configuration].hash()
	p := play{Facts: f, run: f.Run}
	for _, column := range f.Plan.Columns {
		played, err := p.column(column)
		if err != nil {
			return d, fmt.Errorf("rehearse %s: %w", column.Name, err)
		}
		d.Columns = append(d.Columns, played)
	}
	return d, nil
}

func name(s promotion.Source) string {
	return promotion.Release{Version: s.Version, Commit: s.Commit, Dirty: s.Dirty}.Name()
}

// play is a run that is being played.
type play struct {
	Facts
	run promotion.Run
}

// do gives the run a command, as the driver would.
func (p *play) do(c promotion.Command) error {
	run, _, err := after(p.run, c, p.Now)
	if err == nil {
		p.run = run
	}
	return err
}

// after is the run after a command, and what happened.
func after(run promotion.Run, c promotion.Command, now time.Time) (promotion.Run, []promotion.Event, error) {
	c.Run, c.Actor = run.ID, "gantry"
	events, err := promotion.Decide(run, c, now)
	for _, e := range events {
		e.Run = run.ID
		run = promotion.Apply(run, e)
	}
	return run, events, err
}

func (p *play) column(column promotion.Column) (engine.DryRunColumn, error) {
	d := engine.DryRunColumn{Name: column.Name, Protected: column.Protected, Gates: []promotion.Waiting{}, Checks: []engine.Check{}}
	if at, found := p.place(column.Name); found {
		d.Team = at.State.Slot.Team
		d.Live, d.LastGood, d.Running, d.Drift = at.State.Live, at.State.LastGood, at.Running, at.Drift
		d.Gates, d.Checks = append(d.Gates, at.Gates...), append(d.Checks, at.Checks...)
		if err := p.do(promotion.Command{Verb: promotion.VerbEnter, Environment: column.Name, Live: at.State.Live, Target: at.State.LastGood}); err != nil {
			return d, err
		}
	}
	for _, stage := range column.Stages {
		played, err := p.stage(column, stage)
		if err != nil {
			return d, err
		}
		d.Stages = append(d.Stages, played)
	}
	return d, nil
}

func (p *play) place(name string) (Place, bool) {
	for _, at := range p.Places {
		if at.Name == name {
			return at, true
		}
	}
	return Place{}, false
}

func (p *play) stage(column promotion.Column, stage promotion.Stage) (engine.DryRunStage, error) {
	d := engine.DryRunStage{
		ID: stage.ID, Kind: stage.Kind, Deadline: stage.Deadline, Retries: stage.Retries, Backoff: stage.Backoff, Budget: stage.Budget,
		RetryFailed: stage.RetryFailed, Once: stage.Once,
	}
	p.describe(column, &d)
	if stage.Kind == promotion.KindCompat {
		if d.Skipped = p.LeftOut(p.run, column.Name); d.Skipped != "" {
			d.Failure.RollsBack = []engine.DryRunRollback{}
			return d, p.do(promotion.Command{Verb: promotion.VerbSkip, Stage: stage.ID, Reason: d.Skipped})
		}
	}
	if err := p.do(promotion.Command{Verb: promotion.VerbBegin, Stage: stage.ID}); err != nil {
		return d, err
	}
	var err error
	if d.Failure, err = p.failure(stage); err != nil {
		return d, err
	}
	return d, p.do(promotion.Command{Verb: promotion.VerbReportSuccess, Stage: stage.ID, Attempt: 1, Result: p.result(stage)})
}

// result is what a successful attempt would report.
func (p *play) result(stage promotion.Stage) *promotion.Result {
	if stage.Kind != promotion.KindDeploy {
		return &promotion.Result{}
	}
	return &promotion.Result{Deployment: &promotion.Deployment{Release: p.run.Release, Since: p.Now, Cause: "promoted", Run: p.run.ID}}
}

// failure is what the core makes of a negative verdict of the stage that runs.
func (p *play) failure(stage promotion.Stage) (engine.DryRunFailure, error) {
	f := engine.DryRunFailure{Policy: "rollback", RollsBack: []engine.DryRunRollback{}}
	failing, n := p.run, 1
	for {
		failed, events, err := after(failing, promotion.Command{Verb: promotion.VerbReportFailure, Stage: stage.ID, Attempt: n, Reason: "rehearsed"}, p.Now)
		if err != nil {
			return f, err
		}
		if failing = failed; !happened(events, promotion.StageRetried) {
			break
		}
		n++ // a negative verdict that is tried again: it is the last one that counts
		if failing, _, err = after(failing, promotion.Command{Verb: promotion.VerbBegin, Stage: stage.ID}, p.Now); err != nil {
			return f, err
		}
	}
	if p.Request.Step || failing.Held != nil {
		f.Policy = "hold"
		if !p.Request.Step && failing.Held.Until != nil {
			f.HoldFor = promotion.Duration(failing.Held.Until.Sub(p.Now))
		}
	}
	if failing.Held != nil {
		var err error
		if failing, _, err = after(failing, promotion.Command{Verb: promotion.VerbRollBack, Reason: "rehearsed"}, p.Now); err != nil {
			return f, err
		}
	}
	for _, linked := range failing.Rollbacks {
		back := engine.DryRunRollback{Environment: linked.Environment}
		if at, _ := failing.Column(linked.Environment); at.LastGood != nil {
			back.To = &at.LastGood.Release
		}
		f.RollsBack = append(f.RollsBack, back)
	}
	return f, nil
}

func happened(events []promotion.Event, kind promotion.EventType) bool {
	for _, e := range events {
		if e.Type == kind {
			return true
		}
	}
	return false
}
