package aws

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// shifted are the stages in which all production traffic goes to the new version.
var shifted = map[types.ServiceDeploymentLifecycleStage]bool{
	types.ServiceDeploymentLifecycleStagePostProductionTrafficShift: true, types.ServiceDeploymentLifecycleStageBakeTime: true,
	types.ServiceDeploymentLifecycleStageCleanUp: true,
}

// baking are the stages from the bake time on.
var baking = map[types.ServiceDeploymentLifecycleStage]bool{
	types.ServiceDeploymentLifecycleStageBakeTime: true, types.ServiceDeploymentLifecycleStageCleanUp: true,
}

// served is the service revision that gets production traffic: all, or more than half of it; "" where none does. While
// traffic shifts, the version before is what is live until the new one has the larger part.
func served(d *types.ServiceDeployment) string {
	target, before := d.TargetServiceRevision, sourceOf(d)
	switch {
	case d.Status == types.ServiceDeploymentStatusSuccessful && target != nil:
		return aws.ToString(target.Arn)
	case d.Status == types.ServiceDeploymentStatusRollbackSuccessful && d.Rollback != nil && d.Rollback.ServiceRevisionArn != nil:
		return aws.ToString(d.Rollback.ServiceRevisionArn)
	case target != nil && target.RequestedProductionTrafficWeight != nil:
		if *target.RequestedProductionTrafficWeight > 50 {
			return aws.ToString(target.Arn)
		}
	case target != nil && goesOn(d) && shifted[d.LifecycleStage]: // without a load balancer nobody tells of weights
		return aws.ToString(target.Arn)
	}
	return aws.ToString(before.Arn)
}

// share is how many percent of production traffic the new version gets.
func share(d *types.ServiceDeployment) float64 {
	if d.TargetServiceRevision == nil {
		return 0
	}
	return aws.ToFloat64(d.TargetServiceRevision.RequestedProductionTrafficWeight)
}

// sourceOf is the version before: of several that are left, the one with the most of the traffic.
func sourceOf(d *types.ServiceDeployment) types.ServiceRevisionSummary {
	var best types.ServiceRevisionSummary
	for _, r := range d.SourceServiceRevisions {
		if best.Arn == nil || aws.ToFloat64(r.RequestedProductionTrafficWeight) > aws.ToFloat64(best.RequestedProductionTrafficWeight) {
			best = r
		}
	}
	return best
}
