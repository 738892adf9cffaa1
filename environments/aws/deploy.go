package aws

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// usualHealthTimeout is how long a new version may take where nothing is said.
const usualHealthTimeout = 30 * time.Second

// Deploy moves the slot's ECS service to the release and follows that very deployment to its end. Where it does not become
// good, the service is back on what ran before when Deploy returns, or empty where nothing did.
func (e *Environment) Deploy(ctx context.Context, r engine.Rollout, log io.Writer) (*engine.Live, error) {
	if err := e.check(r.Slot); err != nil {
		return nil, err
	}
	s, err := e.mutating(ctx)
	if err != nil {
		return nil, err
	}
	if err := e.kept(ctx, s, r.Slot, "", r.Release.Image); err != nil {
		return nil, err
	}
	if e.of(r.Slot).Function != "" {
		return e.deployFunction(ctx, s, r, log)
	}
	service, err := e.service(ctx, s, r.Slot)
	if err != nil {
		return nil, err
	}
	f := &rollout{Environment: e, session: s, slot: r.Slot, digest: r.Release.Image, timeout: cmp.Or(r.HealthTimeout, usualHealthTimeout), log: log}
	how, err := e.strategy(service)
	if err == nil {
		err = e.fits(how, f.timeout)
	}
	if err != nil {
		return nil, err
	}
	if how.gradual() {
		return f.gradually(ctx, service, how, r)
	}
	if f.definition, err = e.definition(ctx, s, service, r); err != nil {
		return nil, err
	}
	f.before, f.course = goodOf(service), &rolling{rollout: f, origin: aws.ToString(primaryOf(service).TaskDefinition)}
	return f.deploy(ctx, service)
}

// rollout is one deployment that is followed.
type rollout struct {
	*Environment
	course     course
	session    *session
	slot       promotion.Slot
	digest     promotion.Digest
	definition string // that it goes to
	before     string // task definition to go back to; "" for none
	id         string // of the deployment
	began      time.Time
	timeout    time.Duration
	log        io.Writer
}

func (f *rollout) say(format string, args ...any) { fmt.Fprintf(f.log, format+"\n", args...) }

// deploy starts the deployment where there is anything to do, and follows it.
func (f *rollout) deploy(ctx context.Context, service *types.Service) (*engine.Live, error) {
	if live, err := f.course.already(ctx, service); err != nil {
		return nil, err
	} else if live != nil {
		return live, f.record(ctx, f.session, service, f.definition)
	}
	f.began = f.clock.Now()
	if err := f.course.begin(ctx, service); err != nil {
		return nil, err
	}
	return f.follow(ctx)
}

// lives is what is live where that is the release, healthy.
func (f *rollout) lives(ctx context.Context, service *types.Service) (*engine.Live, error) {
	live, err := f.live(ctx, f.session, f.slot, service)
	if err != nil || live == nil || !live.Healthy || live.Unsettled || live.Image != f.digest {
		return nil, err
	}
	return live, nil
}

// move asks ECS to go to the rollout's task definition.
func (f *rollout) move(ctx context.Context, service *types.Service, in *ecs.UpdateServiceInput) (*types.Service, error) {
	in.Cluster, in.Service, in.TaskDefinition = aws.String(f.aws.Cluster), service.ServiceName, aws.String(f.definition)
	if service.DesiredCount == 0 {
		in.DesiredCount = aws.Int32(int32(f.of(f.slot).Count))
	}
	updated, err := f.session.ecs.UpdateService(ctx, in)
	if err != nil {
		return nil, f.failed(err, "move %s to %s", aws.ToString(service.ServiceName), short(f.definition))
	}
	return updated.Service, nil
}

// record keeps on the service itself which task definition is good now, and which was before.
func (e *Environment) record(ctx context.Context, s *session, service *types.Service, definition string) error {
	good := tagged(service.Tags, tagGood)
	if good == definition {
		return nil
	}
	tags := map[string]string{tagManaged: "true", tagEnvironment: e.Name(), tagGood: definition}
	if good != "" {
		tags[tagBefore] = good
	}
	_, err := s.ecs.TagResource(ctx, &ecs.TagResourceInput{ResourceArn: service.ServiceArn, Tags: ecsTags(tags)})
	return e.failed(err, "record on %s that %s is good", aws.ToString(service.ServiceName), short(definition))
}
