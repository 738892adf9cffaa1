package aws

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// strategy is how a service's deployments go, and what they wait for by its configuration.
type strategy struct {
	name  types.DeploymentStrategy
	shift time.Duration // between the steps of a traffic shift
	bake  time.Duration // while both versions run after it
	pause time.Duration // for somebody who lets them go on, at most
}

// What ECS takes where the service says nothing.
const (
	stepPercent   = 10.0
	stepMinutes   = 6
	canaryMinutes = 10
	hookMinutes   = 24 * 60
)

// strategy is the service's; an error where its deployments are none of ECS's own.
func (e *Environment) strategy(service *types.Service) (strategy, error) {
	s := strategy{name: types.DeploymentStrategyRolling}
	c := service.DeploymentConfiguration
	if c != nil && c.Strategy != "" {
		s.name = c.Strategy
	}
	if by := service.DeploymentController; by != nil && by.Type != "" && by.Type != types.DeploymentControllerTypeEcs {
		return s, e.unknown(service, string(by.Type))
	}
	switch s.name {
	case types.DeploymentStrategyRolling:
		return s, nil
	case types.DeploymentStrategyBlueGreen:
	case types.DeploymentStrategyLinear:
		s.shift = stepsOf(c.LinearConfiguration)
	case types.DeploymentStrategyCanary:
		s.shift = canaryMinutes * time.Minute
		if canary := c.CanaryConfiguration; canary != nil {
			s.shift = minutes(canary.CanaryBakeTimeInMinutes, canaryMinutes)
		}
	default:
		return s, e.unknown(service, string(s.name))
	}
	s.bake = minutes(c.BakeTimeInMinutes, 0)
	for _, hook := range c.LifecycleHooks {
		if hook.TargetType == types.DeploymentLifecycleHookTargetTypePause {
			s.pause += time.Duration(len(hook.LifecycleStages)) * pauseOf(hook)
		}
	}
	return s, nil
}

func (e *Environment) unknown(service *types.Service, how string) error {
	return fmt.Errorf("%s: the ECS service %s deploys by %s, and Gantry knows ROLLING, BLUE_GREEN, LINEAR and CANARY of ECS itself: nothing was changed; set its deployment controller to ECS and its strategy to one of them", e.Name(), aws.ToString(service.ServiceName), how)
}

// stepsOf is how long a linear shift waits: after the last step it does not.
func stepsOf(c *types.LinearConfiguration) time.Duration {
	percent, wait := stepPercent, stepMinutes*time.Minute
	if c != nil {
		percent, wait = cmp.Or(aws.ToFloat64(c.StepPercent), stepPercent), minutes(c.StepBakeTimeInMinutes, stepMinutes)
	}
	return wait * time.Duration(math.Ceil(100/percent)-1)
}

func pauseOf(hook types.DeploymentLifecycleHook) time.Duration {
	if hook.TimeoutConfiguration == nil {
		return hookMinutes * time.Minute
	}
	return minutes(hook.TimeoutConfiguration.TimeoutInMinutes, hookMinutes)
}

func minutes(said *int32, otherwise int32) time.Duration {
	if said == nil {
		said = &otherwise
	}
	return time.Duration(*said) * time.Minute
}

// gradual tells whether two versions run side by side until ECS has decided.
func (s strategy) gradual() bool { return s.name != types.DeploymentStrategyRolling }

// waits is how long a deployment waits by the service's configuration, besides becoming healthy.
func (s strategy) waits() time.Duration { return s.shift + s.bake + s.pause }

// String is the strategy with what it waits for: "BLUE_GREEN (bakes for 10m)".
func (s strategy) String() string {
	var waits []string
	for _, w := range []struct {
		doing string
		d     time.Duration
	}{{"shifts traffic for", s.shift}, {"bakes for", s.bake}, {"may be paused for", s.pause}} {
		if w.d > 0 {
			waits = append(waits, w.doing+" "+promotion.Duration(w.d).String())
		}
	}
	if len(waits) == 0 {
		return string(s.name)
	}
	return fmt.Sprintf("%s (%s)", s.name, strings.Join(waits, ", "))
}

// fits refuses a deployment that the stage's deadline would cut off: ECS would be made to go back from what is good.
func (e *Environment) fits(s strategy, health time.Duration) error {
	limit := cmp.Or(e.configured.DeployDeadline(), e.configured.RollbackDeadline())
	if need := health + s.waits(); s.gradual() && need >= limit {
		return fmt.Errorf("%s: %s may take %s with health_timeout, and the stage deploy is ended after %s: nothing was changed; set deadline in [environment.stage.deploy] to more than %s", e.Name(), s, promotion.Duration(need), promotion.Duration(limit), promotion.Duration(need))
	}
	return nil
}
