package stages

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// migrate runs the release's migration image. There is no way back: every change must suit the version before, too.
func migrate(ctx context.Context, job *Job) (promotion.Result, error) {
	environment, err := job.environment()
	if err != nil {
		return promotion.Result{}, err
	}
	out := job.Log.Writer("migrate")
	err = environment.Migrate(ctx, engine.Migration{
		Slot: job.slot(), Image: job.release().Migration,
		Attempt: fmt.Sprintf("%d/%s/%d", job.Run.ID, job.Stage.ID, job.Attempt),
	}, out)
	out.Close()
	return resultOf(err), err
}

// deploy makes the release live. After a crash it first asks what is live, so that nothing is deployed twice.
func deploy(ctx context.Context, job *Job) (promotion.Result, error) {
	environment, err := job.environment()
	if err != nil {
		return promotion.Result{}, err
	}
	release := job.release()
	if live, err := environment.Live(ctx, job.slot()); err == nil && job.Attempt > 1 && isLive(live, release.Image) {
		job.say("%s is live and healthy already", release.Name())
		return job.deployed(ctx, environment, release), nil
	}
	if err := job.rollOut(ctx, environment, release); err != nil {
		result := resultOf(err)
		result.Deployment = job.liveAnyway(environment, release, err)
		return result, err
	}
	return job.deployed(ctx, environment, release), nil
}

// liveAnyway is the deployment when the stage went wrong and the new version is live all the same: whatever the end, the
// journal must know what this run changed. The platform is asked even if the stage's own time is over.
func (j *Job) liveAnyway(environment engine.Environment, release promotion.Release, err error) *promotion.Deployment {
	var verdict *engine.Verdict
	if errors.As(err, &verdict) && verdict.FailedOver {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if live, err := environment.Live(ctx, j.slot()); err == nil && live != nil && live.Image == release.Image {
		return j.deployment(release, j.cause())
	}
	return nil
}

// rollOut deploys a release and holds the platform to what it says when it is asked afterwards: the requested digest,
// healthy. That a deploy went well, or that the platform is stable, proves nothing: it may have gone back by itself.
func (j *Job) rollOut(ctx context.Context, environment engine.Environment, release promotion.Release) error {
	out := j.Log.Writer("deploy")
	defer out.Close()
	live, err := environment.Deploy(ctx, engine.Rollout{
		Slot: j.slot(), Release: release, Needs: j.dependencies(),
		Variables: variables(j.Service.Variables), HealthTimeout: j.configured().HealthTimeout,
	}, out)
	if err != nil {
		return err
	}
	if isLive(live, release.Image) {
		if live, err = environment.Live(ctx, j.slot()); err != nil {
			return fmt.Errorf("the platform says that %s is deployed, but what is live cannot be told: %w", release.Name(), err)
		}
	}
	if live != nil && live.Unsettled {
		return fmt.Errorf("%s was deployed, and the platform moves on already (%s): ask who deploys here besides Gantry", release.Name(), live.Detail)
	}
	if !isLive(live, release.Image) {
		return &engine.Verdict{Why: fmt.Sprintf("the platform says done, but what is live is not %s: %s", release.Image.Short(), describe(live))}
	}
	return nil
}

// deployed is the result of a deploy that went well. Of what was put aside it says where that answers: it is found nowhere
// else.
func (j *Job) deployed(ctx context.Context, environment engine.Environment, release promotion.Release) promotion.Result {
	result := promotion.Result{Deployment: j.deployment(release, j.cause())}
	if j.slot().Aside == 0 {
		return result
	}
	at, err := environment.Endpoint(ctx, j.slot())
	if err != nil {
		result.Warnings = []string{"where it answers is not known: " + err.Error()}
		return result
	}
	j.say("%s is aside at %s", release.Name(), at)
	result.Note = at
	return result
}

// cause is why a deploy stage makes the release live.
func (j *Job) cause() string {
	if j.slot().Aside != 0 {
		return "put aside"
	}
	return "promoted"
}

func (j *Job) deployment(release promotion.Release, cause string) *promotion.Deployment {
	return &promotion.Deployment{Release: release, Since: j.Now(), Cause: cause, Run: j.Run.ID}
}

func isLive(live *engine.Live, image promotion.Digest) bool {
	return live != nil && live.Image == image && live.Healthy && !live.Unsettled
}

func describe(live *engine.Live) string {
	if live == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s %s (%s)", live.Version, live.Image.Short(), live.Detail)
}

// resultOf keeps what an error tells the board: its cause, and whether the platform failed over.
func resultOf(err error) promotion.Result {
	if err == nil {
		return promotion.Result{}
	}
	result := promotion.Result{Cause: err.Error()}
	var verdict *engine.Verdict
	if errors.As(err, &verdict) {
		result.Cause, result.FailedOver = verdict.Why, verdict.FailedOver
	}
	return result
}
