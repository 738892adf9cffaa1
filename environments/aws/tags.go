package aws

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// The tags that Gantry puts on what it makes, and on an ECS service to find again what was good there: they outlive the
// machine that Gantry runs on.
const (
	tagManaged     = "gantry:managed"
	tagEnvironment = "gantry:environment"
	tagService     = "gantry:service"
	tagTeam        = "gantry:team"
	tagVersion     = "gantry:version"
	tagGood        = "gantry:good"   // the task definition that was last live and healthy
	tagBefore      = "gantry:before" // and the one before that
)

func (e *Environment) tags(slot promotion.Slot) map[string]string {
	all := map[string]string{tagManaged: "true", tagEnvironment: e.Name(), tagService: slot.Service}
	if slot.Team != "" {
		all[tagTeam] = slot.Team
	}
	return all
}

func ecsTags(all map[string]string) []types.Tag {
	var tags []types.Tag
	for _, key := range slices.Sorted(maps.Keys(all)) {
		tags = append(tags, types.Tag{Key: aws.String(key), Value: aws.String(all[key])})
	}
	return tags
}

func ecrTags(all map[string]string) []ecrtypes.Tag {
	var tags []ecrtypes.Tag
	for _, key := range slices.Sorted(maps.Keys(all)) {
		tags = append(tags, ecrtypes.Tag{Key: aws.String(key), Value: aws.String(all[key])})
	}
	return tags
}

func tagged(tags []types.Tag, key string) string {
	for _, t := range tags {
		if aws.ToString(t.Key) == key {
			return aws.ToString(t.Value)
		}
	}
	return ""
}
