package aws

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/gantry-cd/gantry/engine"
)

// Owns is the role that Amazon says the credentials are in, the cluster, the repositories and the functions, each with its account.
func (e *Environment) Owns(ctx context.Context) ([]engine.Possession, error) {
	s, err := e.session(ctx)
	if err != nil {
		return nil, err
	}
	who, err := s.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, e.failed(err, "ask whose the credentials are, in the role %s", e.aws.Role)
	}
	if err := e.checkAccount(ctx, s); err != nil {
		return nil, err
	}
	// "arn:aws:sts::111122223333:assumed-role/gantry-qa/SESSION": the session is called after the environment.
	role := aws.ToString(who.Arn)
	if at := strings.LastIndexByte(role, '/'); strings.Contains(role, ":assumed-role/") && at > 0 {
		role = role[:at]
	}
	place := aws.ToString(who.Account) + " " + e.aws.Region + " "
	owned := []engine.Possession{
		{What: "role", ID: role},
		{What: "ECS cluster", ID: place + e.aws.Cluster},
		{What: "ECR prefix", ID: place + e.configured.Registry.Prefix},
	}
	for _, service := range slices.Sorted(maps.Keys(e.aws.Services)) {
		if function := e.aws.Services[service].Function; function != "" {
			owned = append(owned, engine.Possession{What: "Lambda function", ID: place + function})
		}
	}
	return owned, nil
}
