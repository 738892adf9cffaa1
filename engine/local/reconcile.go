package local

import (
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// reconcile compares what the core says should be going on with what is, and starts and ends the difference. The
// caller holds mu.
func (e *Engine) reconcile() {
	if e.ctx.Err() != nil || e.options.Rests || e.asleep {
		return
	}
	for e.pass() {
	}
	e.endStrays()
	e.tidy()
}

// pass looks at every run once and tells whether anything changed.
func (e *Engine) pass() bool {
	before := e.seq
	// Rollbacks first: what is broken is put right before anything new goes in.
	for _, kind := range []promotion.RunKind{promotion.Rollback, promotion.Promotion, promotion.Reprovision} {
		for _, run := range e.ledger.Unfinished() {
			if run.Plan.Kind != kind || e.broken != nil {
				continue
			}
			e.settleRollbacks(run)
			for _, task := range promotion.Next(e.ledger.Run(run.ID), e.options.Now()) {
				e.do(run.ID, task)
			}
		}
	}
	return e.seq != before && e.broken == nil
}

func (e *Engine) do(id promotion.RunID, task promotion.Task) {
	if e.draining && task.Kind != promotion.TaskExecute {
		return
	}
	switch task.Kind {
	case promotion.TaskEnter:
		e.enter(id, task.Environment)
	case promotion.TaskBegin:
		e.begin(id, task)
	case promotion.TaskExecute:
		e.execute(id, task)
	case promotion.TaskRollback:
		e.startRollback(id, task.Environment)
	case promotion.TaskExpire:
		if e.options.Now().Before(task.At) {
			e.wakeAt(id, task.At)
			return
		}
		_ = e.apply(promotion.Command{Run: id, Verb: promotion.VerbExpire, Actor: "gantry"})
	case promotion.TaskWake:
		e.wakeAt(id, task.At)
	}
}

// enter takes the slot's lock for the run, or says why it cannot.
func (e *Engine) enter(id promotion.RunID, environment string) {
	run := e.ledger.Run(id)
	slot := run.Plan.Slot(environment)
	if newer := e.ledger.Overtaken(id, environment); newer != 0 {
		_ = e.apply(promotion.Command{Run: id, Verb: promotion.VerbSupersede, Actor: "gantry", Linked: newer})
		return
	}
	waiting, supersedes := e.ledger.Entry(id, environment, e.factsOf(environment))
	if supersedes != 0 {
		_ = e.apply(promotion.Command{Run: supersedes, Verb: promotion.VerbSupersede, Actor: "gantry", Linked: id})
		return
	}
	if waiting == nil {
		waiting = e.occupied(slot)
	}
	if waiting != nil {
		e.shut(promotion.Command{Run: id, Environment: environment, Gate: waiting})
		return
	}
	state := e.ledger.Standing(slot)
	_ = e.apply(promotion.Command{Run: id, Verb: promotion.VerbEnter, Actor: "gantry", Environment: environment, Live: state.Live, Target: state.LastGood})
}

// occupied says that an attempt is still ending in the slot, though the run it belongs to has let go of it.
func (e *Engine) occupied(slot promotion.Slot) *promotion.Waiting {
	for key, a := range e.attempts {
		if a.slot == slot {
			return &promotion.Waiting{Gate: promotion.GateLock, Reason: fmt.Sprintf("%s of run %d is just ending", key.Stage, key.Run), Who: "gantry"}
		}
	}
	return nil
}

func (e *Engine) begin(id promotion.RunID, task promotion.Task) {
	run := e.ledger.Run(id)
	stage, _ := run.Stage(task.Stage)
	reason := run.Omits(stage)
	if stage.Stage.Kind == promotion.KindCompat {
		reason = nothingToProve(run, task.Environment)
	}
	if reason != "" {
		_ = e.apply(promotion.Command{Run: id, Verb: promotion.VerbSkip, Actor: "gantry", Stage: task.Stage, Reason: reason})
		return
	}
	if waiting := e.gate(run, stage); waiting != nil {
		e.shut(promotion.Command{Run: id, Stage: task.Stage, Gate: waiting})
		return
	}
	_ = e.apply(promotion.Command{Run: id, Verb: promotion.VerbBegin, Actor: "gantry", Stage: task.Stage})
}

// nothingToProve is why compat is left out: without a version before there is nothing that could break.
func nothingToProve(run promotion.Run, environment string) string {
	column, _ := run.Column(environment)
	switch {
	case column.Live == nil:
		return "first deployment: no version before to prove compatible"
	case column.Live.Release.Verification == "":
		return "the live version carries no acceptance suite"
	}
	return ""
}

// gate is why a stage may not start yet; nil when it may.
func (e *Engine) gate(run promotion.Run, stage promotion.StageState) *promotion.Waiting {
	if waiting := e.ledger.StageGate(run.ID, stage.ID); waiting != nil {
		return waiting
	}
	if working := len(e.attempts); working >= e.pipeline.Parallel && run.Plan.Kind == promotion.Promotion {
		return &promotion.Waiting{Gate: promotion.GateParallel, Reason: fmt.Sprintf("%d stages run already (parallel = %d)", working, e.pipeline.Parallel), Who: "gantry"}
	}
	if run.Plan.Kind == promotion.Reprovision { // it may be removed while something is still ending in it
		return e.occupied(run.Plan.Slot(stage.ID.Column()))
	}
	if stage.Stage.Kind != promotion.KindContract {
		return nil
	}
	for _, dependency := range e.copyOf(run).Service(run.Plan.Service).DependsOn {
		if e.published(dependency) {
			continue
		}
		if other := e.bringer(dependency); other != 0 {
			return e.ledger.Behind(other, promotion.GateStub, fmt.Sprintf("%s has no stub yet: run %d is on its way", dependency, other))
		}
	}
	return nil
}

// bringer is a run on its way that will publish a service's stub, also one that waits for a person meanwhile; 0 when there is
// none.
func (e *Engine) bringer(service string) promotion.RunID {
	in, _ := e.lastChannel()
	for _, other := range e.ledger.Unfinished() {
		publishes := slices.ContainsFunc(other.Columns, func(c promotion.ColumnState) bool { return c.Name == in.Name })
		if other.Plan.Service == service && other.Plan.Kind == promotion.Promotion && publishes {
			return other.ID
		}
	}
	return 0
}

// published tells whether a service's stub has ever come through the last environment that has a channel.
func (e *Engine) published(service string) bool {
	in, found := e.lastChannel()
	if !found {
		return true
	}
	s := promotion.Slot{Environment: in.Name, Service: service}
	if in.TeamIsolation {
		s.Team = e.pipeline.Service(service).Team
	}
	good := e.ledger.Standing(s).LastGood
	return good != nil && good.Release.Stub != ""
}

// lastChannel is the last environment that has a channel for stubs.
func (e *Engine) lastChannel() (config.Environment, bool) {
	for _, environment := range slices.Backward(e.pipeline.Environments) {
		if environment.StubChannel != "" {
			return environment, true
		}
	}
	return config.Environment{}, false
}

// startRollback starts the rollback run of one environment and links it to its cause. One that was started by an engine
// which died before it could link it is found again.
func (e *Engine) startRollback(cause promotion.RunID, environment string) {
	run := e.ledger.Run(cause)
	id := e.ledger.RollbackOf(cause, environment)
	if id == 0 {
		revert := e.ledger.Revert(cause, environment)
		plan := e.rollbackPlan(run.Plan.Service, run.Plan.Team, environment, &revert)
		plan.Config, plan.Trigger = run.Plan.Config, "policy"
		var err error
		if id, err = e.startRun(plan, promotion.Command{Actor: "gantry", Reason: fmt.Sprintf("run %d failed", cause)}); err != nil {
			e.breaks(err)
			return
		}
	}
	_ = e.apply(promotion.Command{Run: cause, Verb: promotion.VerbLinkRollback, Actor: "gantry", Environment: environment, Linked: id})
}

// settleRollbacks tells a promotion how the rollbacks that it called for have ended.
func (e *Engine) settleRollbacks(run promotion.Run) {
	for _, linked := range run.Rollbacks {
		if linked.Run == 0 || linked.Outcome != "" {
			continue
		}
		other := e.ledger.Run(linked.Run)
		if !other.Done() {
			continue
		}
		outcome := other.Outcome
		if outcome != promotion.RolledBack && outcome != promotion.LeftAlone {
			outcome = promotion.RollbackFailed
		}
		_ = e.apply(promotion.Command{Run: run.ID, Verb: promotion.VerbEndRollback, Actor: "gantry", Environment: linked.Environment,
			Linked: other.ID, Outcome: outcome, Reason: other.Reason})
	}
}

// endStrays ends the attempts that the core does not want any more: their run was aborted or superseded.
func (e *Engine) endStrays() {
	for key, a := range e.attempts {
		run := e.ledger.Run(key.Run)
		stage, _ := run.Stage(key.Stage)
		if run.Done() || run.RollingBack() || stage.State != promotion.StateRunning || stage.Last().N != key.Attempt {
			a.cancel(errEnded)
		}
	}
}
