// Package drill lets an attempt of a stage go wrong on purpose. Wherever it can it returns no made-up error: it takes the
// environment away, alters bytes on their way or closes the registry's door, and the stage has to find that out.
package drill

import (
	"context"
	"errors"
	"fmt"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// Execute does a stage's work, as stages.Execute does.
type Execute func(context.Context, *stages.Job) (promotion.Result, error)

var errRehearsed = errors.New("drill: an error was rehearsed")

// Rehearse executes the job's attempt: for real, unless its plan rehearses a failure of it. crash ends the engine as
// abruptly as a power cut.
func Rehearse(ctx context.Context, job *stages.Job, execute Execute, crash func()) (promotion.Result, error) {
	d := job.Run.Plan.Drill
	if d == nil || !due(*d, job.Stage, job.Attempt) {
		return execute(ctx, job)
	}
	announce(job, *d)
	switch d.How {
	case promotion.DrillError:
		return promotion.Result{}, errRehearsed
	case promotion.DrillHang:
		<-ctx.Done()
		return promotion.Result{}, context.Cause(ctx)
	case promotion.DrillCrash:
		crash()
	case promotion.DrillSlow:
		return execute(ctx, slowed(ctx, job))
	case promotion.DrillLost, promotion.DrillCorrupt, promotion.DrillRefuse:
		return mustNotSucceed(ctx, job, *d, execute)
	}
	return promotion.Result{}, &engine.Verdict{Why: "drill: a failure was rehearsed"}
}

// due tells whether the attempt is rehearsed: the first one is, and those with which the engine repeats it by itself.
// What a person retries is real.
func due(d promotion.Drill, stage promotion.Stage, attempt int) bool {
	if d.Stage != stage.ID {
		return false
	}
	repeated := false
	switch d.How {
	case promotion.DrillError, promotion.DrillLost, promotion.DrillCorrupt, promotion.DrillRefuse:
		repeated = !stage.Once
	case promotion.DrillFail:
		repeated = stage.RetryFailed && !stage.Once
	}
	return attempt == 1 || repeated && attempt <= 1+stage.Retries
}

// announce makes the first line of the attempt's log say that it is a rehearsal.
func announce(job *stages.Job, d promotion.Drill) {
	w := job.Log.Writer("")
	fmt.Fprintf(w, "DRILL: %s\n", d)
	w.Close()
}

// mustNotSucceed executes the stage in an environment that is tampered with. A stage that does not notice is the worst
// that a rehearsal can find.
func mustNotSucceed(ctx context.Context, job *stages.Job, d promotion.Drill, execute Execute) (promotion.Result, error) {
	wrapped := *job
	wrapped.Environments = func(name string) (engine.Environment, error) {
		environment, err := job.Environments(name)
		if err != nil || name != job.Stage.ID.Column() {
			return environment, err
		}
		switch d.How {
		case promotion.DrillCorrupt:
			return rewired{environment, corrupting}, nil
		case promotion.DrillRefuse:
			return rewired{environment, refusing}, nil
		}
		return lost{environment}, nil
	}
	result, err := execute(ctx, &wrapped)
	if err == nil {
		err = fmt.Errorf("drill: %s, and the stage succeeded all the same: it did not need what was taken away, or did not look", d)
	}
	return result, err
}
