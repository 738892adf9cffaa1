package aws

import (
	"context"
	"maps"
	"slices"

	"github.com/gantry-cd/gantry/engine"
)

// Owns is the role that Amazon says the credentials are in, the cluster, the repositories and the functions, each with its account.
func (e *Environment) Owns(ctx context.Context) ([]engine.Possession, error) {
	s, err := e.session(ctx)
	if err != nil {
		return nil, err
	}
	role, err := e.access().whose(ctx, s.sts, e.failed)
	if err != nil {
		return nil, err
	}
	place := e.aws.Account + " " + e.aws.Region + " "
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
