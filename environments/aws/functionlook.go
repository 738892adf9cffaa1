package aws

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// maxPages bounds how much of a function's log is kept as evidence.
const maxPages = 5

// functionEvidence is what Lambda says about the slot, with what the function has written.
func (e *Environment) functionEvidence(ctx context.Context, s *session, slot promotion.Slot, since time.Time, found *engine.Evidence) error {
	f, err := e.function(ctx, s, slot)
	if err != nil {
		return err
	}
	live, err := e.functionLive(ctx, s, f)
	if err != nil {
		return err
	}
	found.Live = "nothing ran"
	if live != nil {
		found.Live = fmt.Sprintf("%s ran, since %s: %s", live.Image.Short(), live.Since.UTC().Format(time.RFC3339), live.Detail)
	}
	versions, err := s.lambda.ListVersionsByFunction(ctx, f.name)
	if err != nil {
		return e.failed(err, "list the versions of the function %s", f.name)
	}
	for _, v := range versions {
		at, err := modified(v)
		if v.Version != latest && err == nil && !at.Before(since.Truncate(time.Second)) {
			found.Events = append(found.Events, fmt.Sprintf("%s version %s was published: %s", at.UTC().Format(time.RFC3339), v.Version, v.Description))
		}
	}
	if c := f.latest.Configuration; c.LastUpdateStatus == "Failed" {
		found.Events = append(found.Events, "the last update has failed: "+c.LastUpdateStatusReasonCode+": "+c.LastUpdateStatusReason)
	}
	lines, err := e.functionLog(ctx, s, f, since)
	if err != nil {
		found.Events = append(found.Events, "the log of the function could not be read: "+err.Error())
	}
	if len(lines) > 0 {
		found.Logs = append(found.Logs, engine.EvidenceFile{Name: f.name + ".log", Text: strings.Join(lines, "\n")})
	}
	return nil
}

// functionLog is what the function has written since a moment, all versions together.
func (e *Environment) functionLog(ctx context.Context, s *session, f function, since time.Time) ([]string, error) {
	in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String(cmp.Or(f.latest.Configuration.LoggingConfig.LogGroup, "/aws/lambda/"+f.name))}
	if !since.IsZero() {
		in.StartTime = aws.Int64(since.UnixMilli())
	}
	var lines []string
	for range maxPages {
		got, err := s.logs.FilterLogEvents(ctx, in)
		if code(err) == "ResourceNotFoundException" { // nothing was ever written
			return nil, nil
		}
		if err != nil {
			return lines, e.failed(err, "read the log %s", aws.ToString(in.LogGroupName))
		}
		for _, event := range got.Events {
			lines = append(lines, strings.TrimRight(aws.ToString(event.Message), "\r\n"))
		}
		if in.NextToken = got.NextToken; in.NextToken == nil {
			break
		}
	}
	return lines, nil
}

func (e *Environment) checkFunction(ctx context.Context, s *session, slot promotion.Slot) engine.Check {
	f, err := e.function(ctx, s, slot)
	if err != nil {
		return wrong("function", err, "make the function and its alias, or name the ones that are there")
	}
	if e.of(slot).URL == "" {
		return engine.Check{What: "function", State: engine.CheckWrong, Detail: "where it answers is not configured", Next: "set url in [environment.aws.service." + slot.Service + "]"}
	}
	detail := fmt.Sprintf("%s: alias %s points to version %s", f.name, f.alias.Name, f.alias.FunctionVersion)
	if f.stopped() {
		detail += ", and it answers no calls"
	}
	return engine.Check{What: "function", State: engine.CheckOK, Detail: detail}
}

// networkOf is where a function's migration runs: a service of ECS's that stands for the function's own network.
func (e *Environment) networkOf(ctx context.Context, s *session, slot promotion.Slot) (*types.Service, error) {
	f, err := e.function(ctx, s, slot)
	if err != nil {
		return nil, err
	}
	vpc := f.latest.Configuration.VpcConfig
	if len(vpc.SubnetIds) == 0 {
		return nil, fmt.Errorf("%s: the function %s is in no network of its own, so its migration could reach no database: give it subnets, or leave the migration out", e.Name(), f.name)
	}
	return &types.Service{LaunchType: types.LaunchTypeFargate, NetworkConfiguration: &types.NetworkConfiguration{
		AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: vpc.SubnetIds, SecurityGroups: vpc.SecurityGroupIds},
	}}, nil
}
