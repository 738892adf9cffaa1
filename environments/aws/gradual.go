package aws

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// gradual runs the new version beside the one before, shifts traffic to it, and decides only then: BLUE_GREEN, LINEAR and
// CANARY. What counts is ECS's record of the deployment; what the service lists besides tells nothing of traffic.
type gradual struct {
	*rollout
	how    strategy
	last   *types.ServiceDeployment // when Deploy was called; nil for none
	arn    string                   // of the deployment; "" until ECS has listed it
	at     types.ServiceDeploymentLifecycleStage
	shifts bool // production traffic; or it has already
	bakes  bool
	awaits bool          // somebody is to let it go on
	looked time.Time     // when it was seen last
	paused time.Duration // spent on waiting for somebody
	asked  bool          // ECS was, to go back
	stays  spell
	moved  bool // back, because ECS did not go
}

// gradually deploys so. A deployment that is under way already, because an engine died over it, is followed and not begun
// anew; one that goes back is not raced.
func (f *rollout) gradually(ctx context.Context, service *types.Service, how strategy, r engine.Rollout) (*engine.Live, error) {
	g := &gradual{rollout: f, how: how}
	f.course = g
	service, err := g.settle(ctx, service)
	if err != nil {
		return nil, err
	}
	aim := ""
	if g.last != nil && goesOn(g.last) && service.DesiredCount > 0 {
		if aim, err = f.definitionOf(ctx, f.session, target(g.last)); err != nil {
			return nil, err
		}
	}
	if f.definition, err = f.Environment.definition(ctx, f.session, service, r, aim); err != nil {
		return nil, err
	}
	if f.before, err = g.good(ctx, service); err != nil {
		return nil, err
	}
	if aim != f.definition {
		return f.deploy(ctx, service)
	}
	f.began = f.clock.Now()
	g.adopt(g.last)
	f.say("deployment %s of %s to %s is under way already: it is followed", f.id, aws.ToString(service.ServiceName), short(f.definition))
	return f.follow(ctx)
}

// settle waits for a deployment that goes back to have done so, and keeps what the last one was.
func (g *gradual) settle(ctx context.Context, service *types.Service) (*types.Service, error) {
	for limit, said := g.clock.Now().Add(g.restoring()), false; ; {
		d, err := g.newest(ctx, g.session, service)
		if err != nil {
			return nil, err
		}
		if g.last = d; d == nil || !goesBack(d) {
			return service, nil
		}
		if !said {
			said = true
			g.say("waiting for ECS, which goes back from deployment %s", short(aws.ToString(d.ServiceDeploymentArn)))
		}
		if g.clock.Now().After(limit) {
			return nil, fmt.Errorf("%s: ECS goes back from deployment %s (%s), and does not come to an end: nothing was changed; look at the service's events", g.Name(), short(aws.ToString(d.ServiceDeploymentArn)), d.Status)
		}
		if err := g.pause(ctx); err != nil {
			return nil, err
		}
		if service, err = g.service(ctx, g.session, g.slot); err != nil {
			return nil, err
		}
	}
}

// good is the task definition to go back to: what the service has come to, or what is recorded as good while it is on its
// way or was left between two versions; and where nothing is recorded, what runs besides.
func (g *gradual) good(ctx context.Context, service *types.Service) (string, error) {
	d := g.last
	switch {
	case service.DesiredCount == 0:
		return "", nil
	case d == nil:
		return aws.ToString(primaryOf(service).TaskDefinition), nil
	case d.Status == types.ServiceDeploymentStatusSuccessful || d.Status == types.ServiceDeploymentStatusRollbackSuccessful:
		return g.definitionOf(ctx, g.session, served(d))
	}
	if good := tagged(service.Tags, tagGood); good != "" {
		return good, nil
	}
	if source := sourceOf(d); source.RunningTaskCount > 0 {
		return g.definitionOf(ctx, g.session, aws.ToString(source.Arn))
	}
	return "", nil
}

func (g *gradual) already(ctx context.Context, service *types.Service) (*engine.Live, error) {
	at := aws.ToString(primaryOf(service).TaskDefinition)
	if d := g.last; d != nil {
		var err error
		if at, err = g.definitionOf(ctx, g.session, served(d)); err != nil {
			return nil, err
		}
	}
	if at != g.definition {
		return nil, nil
	}
	return g.lives(ctx, service)
}

// begin asks for the deployment and leaves its settings to the service: what they are is why it is gradual. ECS does not
// answer with the record that it makes: look finds it, as the first one that was not there before.
func (g *gradual) begin(ctx context.Context, service *types.Service) error {
	if _, err := g.move(ctx, service, &ecs.UpdateServiceInput{ForceNewDeployment: true}); err != nil {
		return err
	}
	g.id = short(g.definition)
	g.say("started deployment of %s by %s, task definition %s; it goes back to %s", aws.ToString(service.ServiceName), g.how, short(g.definition), cmp.Or(short(g.before), "nothing"))
	return nil
}

// adopt takes a record for the deployment's.
func (g *gradual) adopt(d *types.ServiceDeployment) {
	g.arn, g.id = aws.ToString(d.ServiceDeploymentArn), short(aws.ToString(d.ServiceDeploymentArn))
}

func target(d *types.ServiceDeployment) string {
	if d.TargetServiceRevision == nil {
		return ""
	}
	return aws.ToString(d.TargetServiceRevision.Arn)
}

func (g *gradual) owns(t types.Task) bool { return aws.ToString(t.TaskDefinitionArn) == g.definition }

// patience is health_timeout, and what the service's configuration waits for once the deployment has come so far: a version
// that does not become healthy is not borne with for its bake time.
func (g *gradual) patience() time.Duration {
	p := g.timeout + g.paused
	if g.shifts {
		p += g.how.shift
	}
	if g.bakes {
		p += g.how.bake
	}
	return p
}

func (g *gradual) overdue() string {
	if g.shifts {
		return fmt.Sprintf("it did not come to its end within %s (%s)", promotion.Duration(g.patience()), g.at)
	}
	return fmt.Sprintf("it did not become healthy within %s (%s)", promotion.Duration(g.patience()), cmp.Or(string(g.at), "PENDING"))
}

func (g *gradual) restoring() time.Duration { return restoreTime + g.how.waits() }
