package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/drill"
	"github.com/gantry-cd/gantry/engine/logs"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

var (
	errEnded    = errors.New("the run wants this attempt no more")
	errDeadline = errors.New("past the stage's deadline")
)

// attempt is one execution of a stage that this engine runs.
type attempt struct {
	slot     promotion.Slot
	cancel   context.CancelCauseFunc
	log      *logs.Writer
	progress map[string]promotion.Tests // by step; guarded by the engine's mu
}

// execute starts the attempt unless it runs already. The caller holds mu.
func (e *Engine) execute(id promotion.RunID, task promotion.Task) {
	key := engine.AttemptKey{Run: id, Stage: task.Stage, Attempt: task.Attempt}
	if _, running := e.attempts[key]; running {
		return
	}
	if e.lost[key] {
		e.reportLost(id, task)
		return
	}
	run := e.ledger.Run(id)
	ctx, cancel := context.WithCancelCause(e.ctx)
	a := &attempt{cancel: cancel, progress: map[string]promotion.Tests{}}
	if task.Environment != promotion.BuildColumn {
		a.slot = run.Plan.Slot(task.Environment)
	}
	e.attempts[key] = a
	e.work.Go(func() {
		defer cancel(nil)
		command := e.perform(ctx, key, run, a)
		if command == nil { // the engine closes: the attempt is found lost by the next one
			return
		}
		clean(a.log, command)
		e.report(*command, func() { delete(e.attempts, key) })
	})
}

// perform runs the stage and says what to report; nil when the engine closes and the attempt is to be resumed.
func (e *Engine) perform(ctx context.Context, key engine.AttemptKey, run promotion.Run, a *attempt) *promotion.Command {
	stage, _ := run.Stage(key.Stage)
	if deadline := time.Duration(stage.Stage.Deadline); deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, deadline, errDeadline)
		defer cancel()
	}
	result, err := e.stage(ctx, key, run, stage, a)
	if e.ctx.Err() != nil {
		return nil
	}
	c := promotion.Command{Run: key.Run, Stage: key.Stage, Attempt: key.Attempt, Result: &result}
	var verdict *engine.Verdict
	switch {
	case err == nil:
		c.Verb = promotion.VerbReportSuccess
		return &c
	case errors.As(err, &verdict):
		c.Verb = promotion.VerbReportFailure
		c.Reason = verdict.Why
	case errors.Is(context.Cause(ctx), errDeadline):
		c.Verb = promotion.VerbReportStall
		c.Reason = fmt.Sprintf("no end within %s: ended with its whole process group", stage.Stage.Deadline)
	default:
		c.Verb = promotion.VerbReportError
		c.Reason = err.Error()
	}
	if result.Cause == "" {
		result.Cause = c.Reason
	}
	return &c
}

// stage opens the attempt's log and executes the stage, or rehearses its failure.
func (e *Engine) stage(ctx context.Context, key engine.AttemptKey, run promotion.Run, stage promotion.StageState, a *attempt) (promotion.Result, error) {
	pipeline := e.lockedCopyOf(run)
	log, err := logs.Create(e.logFile(key), e.options.Now, e.secrets(pipeline, run.Plan.Service, key.Stage.Column()))
	if err != nil {
		return promotion.Result{}, fmt.Errorf("open the attempt's log: %w", err)
	}
	defer log.Close()
	e.mu.Lock()
	a.log = log
	e.mu.Unlock()
	grown, stop := context.WithCancel(ctx)
	defer stop()
	e.work.Go(func() { e.watchLog(grown, log) })
	result, err := drill.Rehearse(ctx, &stages.Job{
		Run: run, Stage: stage.Stage, Attempt: key.Attempt,
		Pipeline: pipeline, Service: pipeline.Service(run.Plan.Service),
		Environments: func(name string) (engine.Environment, error) { return e.environment(pipeline, name) },
		Stubs:        e.storeOf(pipeline),
		Work:         stages.Workspace{Dir: e.directory(key.Run)},
		Log:          log,
		Report: func(step promotion.Step) {
			c := promotion.Command{Run: key.Run, Verb: promotion.VerbReportStep, Stage: key.Stage, Attempt: key.Attempt, Step: &step}
			clean(log, &c)
			e.report(c, nil)
		},
		Progress: func(step string, tests promotion.Tests) { e.progress(a, step, cleaned(log, tests)) },
		Now:      e.options.Now,
	}, e.options.Execute, e.options.Crash)
	if err != nil {
		_ = log.WriteLine("", "gantry: "+err.Error())
	}
	return result, err
}

// glance is how often a growing log is told of.
const glance = 50 * time.Millisecond

// watchLog tells watchers that the log has grown, however fast it does.
func (e *Engine) watchLog(ctx context.Context, log *logs.Writer) {
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	seen, open := 0, ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if n, now := log.Len(), log.Open(); n != seen || now != open {
			seen, open = n, now
			e.snapshots.progressed()
		}
	}
}

// killSelf ends this process as abruptly as a power cut.
func killSelf() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func (e *Engine) progress(a *attempt, step string, tests promotion.Tests) {
	e.mu.Lock()
	a.progress[step] = tests
	e.mu.Unlock()
	e.snapshots.progressed()
}

// lockedCopyOf is copyOf for callers that do not hold mu.
func (e *Engine) lockedCopyOf(run promotion.Run) config.Pipeline {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.copyOf(run)
}

func (e *Engine) logFile(key engine.AttemptKey) string {
	return filepath.Join(e.directory(key.Run), "logs", key.Stage.Column(), fmt.Sprintf("%s.%d.log", key.Stage.Name(), key.Attempt))
}

// secrets are what must not show in the log of a stage: what the service's commands are handed, and what the environment
// and the store of stubs hold.
func (e *Engine) secrets(pipeline config.Pipeline, service, column string) []string {
	found := pipeline.Service(service).Secrets()
	if holder, holds := e.storeOf(pipeline).(interface{ Secrets() []string }); holds {
		found = append(found, holder.Secrets()...)
	}
	if column == promotion.BuildColumn {
		return found
	}
	environment, err := e.environment(pipeline, column)
	if err != nil {
		return found
	}
	return append(found, environment.Secrets()...)
}
