package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// ECS keeps a record of each deployment, which it calls a service deployment: from which service revisions to which, with
// which part of the traffic, and how it ended.

const (
	// maxDeployments is how many of them ECS lists at once.
	maxDeployments = 100
	// slack is how much later than its record a deployment may be listed with its service.
	slack = time.Minute
)

// newest is the record of the service's last deployment; nil where ECS has none (it keeps them for 90 days). No older one
// is asked for than what the service still lists.
func (e *Environment) newest(ctx context.Context, s *session, service *types.Service) (*types.ServiceDeployment, error) {
	in := &ecs.ListServiceDeploymentsInput{Cluster: aws.String(e.aws.Cluster), Service: service.ServiceName, MaxResults: aws.Int32(maxDeployments)}
	if len(service.Deployments) > 0 {
		oldest := slices.MinFunc(service.Deployments, func(a, b types.Deployment) int {
			return aws.ToTime(a.CreatedAt).Compare(aws.ToTime(b.CreatedAt))
		})
		in.CreatedAt = &types.CreatedAt{After: aws.Time(aws.ToTime(oldest.CreatedAt).Add(-slack))}
	}
	var last types.ServiceDeploymentBrief
	for {
		page, err := s.ecs.ListServiceDeployments(ctx, in)
		if err != nil {
			return nil, e.failed(err, "list the deployments of %s", aws.ToString(service.ServiceName))
		}
		for _, d := range page.ServiceDeployments {
			if last.ServiceDeploymentArn == nil || aws.ToTime(d.CreatedAt).After(aws.ToTime(last.CreatedAt)) {
				last = d
			}
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	if last.ServiceDeploymentArn == nil {
		return nil, nil
	}
	return e.describeDeployment(ctx, s, aws.ToString(last.ServiceDeploymentArn))
}

func (e *Environment) describeDeployment(ctx context.Context, s *session, arn string) (*types.ServiceDeployment, error) {
	found, err := s.ecs.DescribeServiceDeployments(ctx, &ecs.DescribeServiceDeploymentsInput{ServiceDeploymentArns: []string{arn}})
	if err != nil {
		return nil, e.failed(err, "describe the deployment %s", short(arn))
	}
	if len(found.ServiceDeployments) != 1 {
		return nil, fmt.Errorf("%s: ECS has listed the deployment %s, and does not describe it%s", e.Name(), short(arn), because(found.Failures))
	}
	return &found.ServiceDeployments[0], nil
}

// definitionOf is the task definition of a service revision.
func (e *Environment) definitionOf(ctx context.Context, s *session, revision string) (string, error) {
	found, err := s.ecs.DescribeServiceRevisions(ctx, &ecs.DescribeServiceRevisionsInput{ServiceRevisionArns: []string{revision}})
	if err != nil {
		return "", e.failed(err, "describe the service revision %s", short(revision))
	}
	if len(found.ServiceRevisions) != 1 {
		return "", fmt.Errorf("%s: ECS does not describe the service revision %s%s", e.Name(), short(revision), because(found.Failures))
	}
	return aws.ToString(found.ServiceRevisions[0].TaskDefinition), nil
}

func because(failures []types.Failure) string {
	if len(failures) == 0 {
		return ""
	}
	return ": " + aws.ToString(failures[0].Reason)
}

// goesOn tells whether a deployment still goes to its target.
func goesOn(d *types.ServiceDeployment) bool {
	return d.Status == types.ServiceDeploymentStatusPending || d.Status == types.ServiceDeploymentStatusInProgress
}

// goesBack tells whether ECS, by itself or because it was told to, is on its way back.
func goesBack(d *types.ServiceDeployment) bool {
	switch d.Status {
	case types.ServiceDeploymentStatusRollbackRequested, types.ServiceDeploymentStatusRollbackInProgress, types.ServiceDeploymentStatusStopRequested:
		return true
	}
	return false
}

// blame is what ECS says of a deployment that did not go well.
func blame(d *types.ServiceDeployment) string {
	var parts []string
	add := func(text string) {
		if text = strings.TrimRight(strings.ReplaceAll(text, "\n", " "), " ."); text != "" && !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	add(aws.ToString(d.StatusReason))
	if d.Rollback != nil {
		add(aws.ToString(d.Rollback.Reason))
	}
	if a := d.Alarms; a != nil && len(a.TriggeredAlarmNames) > 0 {
		add("alarm " + strings.Join(a.TriggeredAlarmNames, ", "))
	}
	for _, hook := range d.LifecycleHookDetails {
		if hook.Status == types.DeploymentLifecycleHookStatusFailed || hook.Status == types.DeploymentLifecycleHookStatusTimedOut {
			add(fmt.Sprintf("hook %s: %s", hookName(hook), hook.Status))
		}
	}
	return strings.Join(parts, ": ")
}

// hookName is the function that a hook calls, or the pause's own name.
func hookName(h types.DeploymentLifecycleHookDetail) string {
	if arn := aws.ToString(h.TargetArn); arn != "" {
		return arn[strings.LastIndexByte(arn, ':')+1:]
	}
	return aws.ToString(h.HookId)
}
