package aws

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// state is what became of a deployment.
type state int

const (
	rolling    state = iota
	completed        // ECS is content; whether the right digest runs is asked of the tasks
	failed           // ECS gave it up
	rolledBack       // ECS, or somebody by its means, went back to what was before
	superseded       // somebody else deploys
	scaled           // to zero, by somebody
)

// judge reads what became of a deployment, by its id: a service that is stable again after ECS has gone back looks like one
// that has come to the new version.
func judge(service *types.Service, id, before string) (state, string) {
	p := primaryOf(service)
	d := deploymentOf(service, id)
	switch {
	case d != nil && d.RolloutState == types.DeploymentRolloutStateFailed:
		return failed, aws.ToString(d.RolloutStateReason)
	case d == nil || aws.ToString(d.Id) != aws.ToString(p.Id):
		if before != "" && aws.ToString(p.TaskDefinition) == before {
			return rolledBack, aws.ToString(p.RolloutStateReason)
		}
		return superseded, short(aws.ToString(p.TaskDefinition))
	case service.DesiredCount == 0:
		return scaled, ""
	case d.RolloutState == types.DeploymentRolloutStateCompleted:
		return completed, ""
	}
	return rolling, ""
}
