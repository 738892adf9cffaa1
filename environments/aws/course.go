package aws

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine"
)

// state is what became of a deployment.
type state int

const (
	moving     state = iota
	completed        // ECS is content; whether the right digest runs is asked of the tasks
	failed           // ECS gave it up
	rolledBack       // ECS, or somebody by its means, went back to what was before
	superseded       // somebody else deploys
	scaled           // to zero, by somebody
)

// sight is what was seen of a deployment at one moment.
type sight struct {
	service *types.Service
	state   state
	why     string // of what did not go well; of one that was superseded, where the other goes to
	line    string // where it is, for people
}

// course is how ECS goes from one version to the next. What it means that one has arrived, and how to go back, differs.
type course interface {
	// already is what is live where that is the release, as asked for, and nothing moves.
	already(ctx context.Context, service *types.Service) (*engine.Live, error)
	// begin asks ECS for the deployment.
	begin(ctx context.Context, service *types.Service) error
	look(ctx context.Context) (sight, error)
	// patience is how long the deployment may have taken by now, and overdue what it is blamed for after that.
	patience() time.Duration
	overdue() string
	// owns tells whether a task is the deployment's.
	owns(t types.Task) bool
	// giveUp takes the deployment back where it still goes on.
	giveUp(ctx context.Context) error
	// restored looks whether what was before is back, and sees to it where ECS does not go back by itself.
	restored(ctx context.Context, service *types.Service) (done, back bool, err error)
	// restoring is how long going back may take.
	restoring() time.Duration
}
