package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gantry-cd/gantry/engine"
)

// follow watches the deployment until it is good, or has failed and what was before is back.
func (f *rollout) follow(ctx context.Context) (*engine.Live, error) {
	said := ""
	var silent, lagging spell
	for {
		seen, err := f.course.look(ctx)
		switch {
		case ctx.Err() != nil:
			return nil, f.givenUp(ctx)
		case err != nil:
			if silent.lasts(f.clock.Now()) || !passing(ctx, err) {
				return nil, fmt.Errorf("what became of deployment %s is not known; ECS goes on with it, and goes back by itself if it fails: %w", f.id, err)
			}
		default:
			silent.ends()
			if seen.line != said {
				said = seen.line
				f.say("%s", said)
			}
			live, done, err := f.settled(ctx, seen, &lagging)
			if done {
				return live, err
			}
			if f.clock.Now().Sub(f.began) > f.course.patience() {
				return nil, f.revert(ctx, f.course.overdue())
			}
		}
		if f.pause(ctx) != nil {
			return nil, f.givenUp(ctx)
		}
	}
}

// settled tells whether the deployment has come to an end, and to which.
func (f *rollout) settled(ctx context.Context, seen sight, lagging *spell) (live *engine.Live, done bool, err error) {
	switch seen.state {
	case failed, rolledBack:
		return nil, true, f.revert(ctx, "its deployment failed: "+cmp.Or(seen.why, "ECS went back to the version before"))
	case superseded:
		return nil, true, fmt.Errorf("%s: deployment %s was superseded by somebody else's, which goes to %s: ask who deploys here besides Gantry", f.Name(), f.id, seen.why)
	case scaled:
		return nil, true, fmt.Errorf("%s: somebody has scaled %s to zero while deployment %s went on: set its count again and retry", f.Name(), aws.ToString(seen.service.ServiceName), f.id)
	case completed:
		live, err := f.lives(ctx, seen.service)
		if err != nil {
			return nil, !passing(ctx, err), err
		}
		if live != nil {
			return live, true, f.record(ctx, f.session, seen.service, f.definition)
		}
		if lagging.lasts(f.clock.Now()) { // what ECS lists is a little behind
			return nil, true, f.revert(ctx, fmt.Sprintf("ECS says that it is complete, but no healthy task runs %s", f.digest))
		}
	}
	return nil, false, nil
}

// givingUp bounds what is still done for a rollout that nobody waits for.
const givingUp = 30 * time.Second

// givenUp takes the deployment back that nobody waits for any more.
func (f *rollout) givenUp(ctx context.Context) error {
	why := context.Cause(ctx)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), givingUp)
	defer cancel()
	if err := f.course.giveUp(ctx); err != nil {
		return fmt.Errorf("%s: deployment %s was given up (%w), and could not be taken back: %w", f.Name(), f.id, why, err)
	}
	return fmt.Errorf("%s: deployment %s was given up: %w", f.Name(), f.id, why)
}

// revert sees to it that what was before is back, and is the verdict.
func (f *rollout) revert(ctx context.Context, why string) error {
	verdict := &engine.Verdict{Why: f.slot.Service + ": " + why}
	if words := f.why(ctx); words != "" {
		verdict.Why += ": " + words
	}
	f.say("%s", verdict.Why)
	back, err := f.restore(ctx)
	if ctx.Err() != nil {
		return f.givenUp(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s, and it is not known whether the version before is back: %w", verdict.Why, err)
	}
	if verdict.FailedOver = back; back {
		f.say("%s is live again", short(f.before))
	}
	return verdict
}

// errNotBack says that the version before did not come back in time.
var errNotBack = errors.New("the version before did not come back in time: look at the service's events")
