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
	if err := e.rolling(service); err != nil {
		return nil, err
	}
	to, err := e.definition(ctx, s, service, r)
	if err != nil {
		return nil, err
	}
	if live, err := e.already(ctx, s, r, service, to); err != nil {
		return nil, err
	} else if live != nil {
		return live, e.record(ctx, s, service, to)
	}
	f := &rollout{
		Environment: e, session: s, slot: r.Slot, digest: r.Release.Image, definition: to, before: goodOf(service), origin: aws.ToString(primaryOf(service).TaskDefinition),
		timeout: cmp.Or(r.HealthTimeout, usualHealthTimeout), log: log,
	}
	if err := f.start(ctx, service); err != nil {
		return nil, err
	}
	return f.follow(ctx)
}

// already is what is live where that is the release, as asked for.
func (e *Environment) already(ctx context.Context, s *session, r engine.Rollout, service *types.Service, to string) (*engine.Live, error) {
	p := primaryOf(service)
	if aws.ToString(p.TaskDefinition) != to || p.RolloutState != types.DeploymentRolloutStateCompleted || service.DesiredCount == 0 {
		return nil, nil
	}
	live, err := e.live(ctx, s, r.Slot, service)
	if err != nil || live == nil || !live.Healthy || live.Image != r.Release.Image {
		return nil, err
	}
	return live, nil
}

// goodOf is the task definition to go back to: what the service has come to, or what is recorded as good while it is on its
// way to something else. It is never the revision before by number, which may be another bad one.
func goodOf(service *types.Service) string {
	p := primaryOf(service)
	switch {
	case service.DesiredCount == 0:
		return ""
	case p.RolloutState == types.DeploymentRolloutStateCompleted:
		return aws.ToString(p.TaskDefinition)
	}
	return tagged(service.Tags, tagGood)
}

// rollout is one deployment that is followed.
type rollout struct {
	*Environment
	session    *session
	slot       promotion.Slot
	digest     promotion.Digest
	definition string // that it goes to
	before     string // task definition to go back to; "" for none
	origin     string // that the service had, also where nothing ran: ECS goes back to it by itself
	id         string // of the deployment
	began      time.Time
	timeout    time.Duration
	log        io.Writer
}

// start asks ECS for the deployment.
func (f *rollout) start(ctx context.Context, service *types.Service) error {
	configuration := types.DeploymentConfiguration{}
	if service.DeploymentConfiguration != nil {
		configuration = *service.DeploymentConfiguration
	}
	configuration.DeploymentCircuitBreaker = &types.DeploymentCircuitBreaker{Enable: true, Rollback: true}
	in := &ecs.UpdateServiceInput{
		Cluster: aws.String(f.aws.Cluster), Service: service.ServiceName, TaskDefinition: aws.String(f.definition),
		DeploymentConfiguration: &configuration, PropagateTags: types.PropagateTagsTaskDefinition,
		ForceNewDeployment: aws.ToString(primaryOf(service).TaskDefinition) == f.definition,
	}
	if service.DesiredCount == 0 {
		in.DesiredCount = aws.Int32(int32(f.of(f.slot).Count))
	}
	f.began = f.clock.Now()
	updated, err := f.session.ecs.UpdateService(ctx, in)
	if err != nil {
		return f.failed(err, "move %s to %s", aws.ToString(service.ServiceName), short(f.definition))
	}
	p := primaryOf(updated.Service)
	if aws.ToString(p.TaskDefinition) != f.definition {
		return fmt.Errorf("%s: ECS has taken %s, but goes to %s: somebody else deploys, too", f.Name(), short(f.definition), short(aws.ToString(p.TaskDefinition)))
	}
	f.id = aws.ToString(p.Id)
	fmt.Fprintf(f.log, "started deployment %s of %s, task definition %s; it goes back to %s\n", f.id, aws.ToString(service.ServiceName), short(f.definition), cmp.Or(short(f.before), "nothing"))
	return nil
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
