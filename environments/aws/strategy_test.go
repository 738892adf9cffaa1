package aws

import (
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/environments/aws/awstest"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

func TestWhatADeploymentWaitsForIsReadFromTheService(t *testing.T) {
	pause := types.DeploymentLifecycleHook{TargetType: types.DeploymentLifecycleHookTargetTypePause, LifecycleStages: []types.DeploymentLifecycleHookStage{"POST_SCALE_UP", "PRE_SCALE_UP"}}
	short := pause
	short.TimeoutConfiguration = &types.DeploymentLifecycleHookTimeoutConfiguration{TimeoutInMinutes: sdk.Int32(5)}
	for _, c := range []struct {
		says  types.DeploymentConfiguration
		waits time.Duration
		named string
	}{
		{types.DeploymentConfiguration{}, 0, "ROLLING"},
		{types.DeploymentConfiguration{Strategy: "ROLLING", BakeTimeInMinutes: sdk.Int32(180)}, 0, "ROLLING"},
		{types.DeploymentConfiguration{Strategy: "BLUE_GREEN", BakeTimeInMinutes: sdk.Int32(0)}, 0, "BLUE_GREEN"},
		{types.DeploymentConfiguration{Strategy: "BLUE_GREEN", BakeTimeInMinutes: sdk.Int32(7), LifecycleHooks: []types.DeploymentLifecycleHook{short, {HookTargetArn: sdk.String("arn")}}}, 17 * time.Minute, "BLUE_GREEN (bakes for 7m, may be paused for 10m)"},
		{types.DeploymentConfiguration{Strategy: "BLUE_GREEN", LifecycleHooks: []types.DeploymentLifecycleHook{pause}}, 48 * time.Hour, "BLUE_GREEN (may be paused for 48h)"},
		{types.DeploymentConfiguration{Strategy: "LINEAR", BakeTimeInMinutes: sdk.Int32(1)}, 55 * time.Minute, "LINEAR (shifts traffic for 54m, bakes for 1m)"},
		{types.DeploymentConfiguration{Strategy: "LINEAR", LinearConfiguration: &types.LinearConfiguration{StepPercent: sdk.Float64(30), StepBakeTimeInMinutes: sdk.Int32(2)}}, 6 * time.Minute, "LINEAR (shifts traffic for 6m)"},
		{types.DeploymentConfiguration{Strategy: "LINEAR", LinearConfiguration: &types.LinearConfiguration{StepPercent: sdk.Float64(100), StepBakeTimeInMinutes: sdk.Int32(2)}}, 0, "LINEAR"},
		{types.DeploymentConfiguration{Strategy: "CANARY"}, 10 * time.Minute, "CANARY (shifts traffic for 10m)"},
		{types.DeploymentConfiguration{Strategy: "CANARY", CanaryConfiguration: &types.CanaryConfiguration{CanaryBakeTimeInMinutes: sdk.Int32(3)}}, 3 * time.Minute, "CANARY (shifts traffic for 3m)"},
	} {
		s, err := new(Environment).strategy(&types.Service{DeploymentConfiguration: &c.says})
		if err != nil || s.waits() != c.waits || s.String() != c.named {
			t.Errorf("%+v: %s waits for %s, %v; want %s, %s", c.says, s, s.waits(), err, c.named, c.waits)
		}
	}
}

// What the stage's deadline would cut off is refused by a dry run, and by a deploy before anything is changed.
func TestADeploymentThatDoesNotFitIntoItsStageIsRefused(t *testing.T) {
	pause := awstest.Object{"lifecycleHooks": []any{awstest.Object{"targetType": "PAUSE", "lifecycleStages": []any{"POST_SCALE_UP"}}}}
	for waits, settings := range map[string]awstest.Object{"bakes for 10m": bakes, "may be paused for 24h": pause} {
		w := onInstant(t)
		before := w.good("1.0.0")
		w.account.Service("orders").DeployGradually("BLUE_GREEN", settings)
		_, _, err := w.deploy(w.release("1.1.0", platformtest.Good))
		if err == nil || !strings.Contains(err.Error(), waits) || !strings.Contains(err.Error(), "the stage deploy is ended after 2m30s: nothing was changed; set deadline in [environment.stage.deploy]") || w.definitionNow() != before {
			t.Errorf("%s: %v", waits, err)
		}
		for _, c := range w.View().Check(t.Context(), w.slot, false) {
			if c.What == "service" && (c.State != engine.CheckWrong || !strings.Contains(c.Detail, waits)) {
				t.Errorf("%s: a dry run says %+v", waits, c)
			}
		}
	}
	w := onGradual(t, "BLUE_GREEN", bakes)
	for _, c := range w.View().Check(t.Context(), w.slot, false) {
		if c.What == "service" && (c.State != engine.CheckOK || !strings.Contains(c.Detail, "deployed by BLUE_GREEN (bakes for 10m)")) {
			t.Errorf("with a deadline that is long enough a dry run says %+v", c)
		}
	}
}

func TestProductionTrafficSaysWhichOfTwoVersionsIsLive(t *testing.T) {
	summary := func(arn string, weight *float64) types.ServiceRevisionSummary {
		return types.ServiceRevisionSummary{Arn: sdk.String(arn), RequestedProductionTrafficWeight: weight}
	}
	gets := func(percent float64) *float64 { return &percent }
	for _, c := range []struct {
		name   string
		status types.ServiceDeploymentStatus
		stage  types.ServiceDeploymentLifecycleStage
		green  *float64
		back   string
		want   string
	}{
		{"before the shift", "IN_PROGRESS", "SCALE_UP", gets(0), "", "blue"},
		{"a canary", "IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", gets(10), "", "blue"},
		{"half of it", "IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", gets(50), "", "blue"},
		{"most of it", "IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", gets(60), "", "green"},
		{"baking", "IN_PROGRESS", "BAKE_TIME", gets(100), "", "green"},
		{"nobody tells, before", "IN_PROGRESS", "POST_TEST_TRAFFIC_SHIFT", nil, "", "blue"},
		{"nobody tells, in the middle", "IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", nil, "", "blue"},
		{"nobody tells, baking", "IN_PROGRESS", "BAKE_TIME", nil, "", "green"},
		{"nobody tells, going back", "ROLLBACK_IN_PROGRESS", "BAKE_TIME", nil, "", "blue"},
		{"going back, not there yet", "ROLLBACK_IN_PROGRESS", "BAKE_TIME", gets(100), "", "green"},
		{"decided", "SUCCESSFUL", "CLEAN_UP", nil, "", "green"},
		{"gone back to another", "ROLLBACK_SUCCESSFUL", "BAKE_TIME", gets(0), "older", "older"},
		{"stopped where it was", "STOPPED", "BAKE_TIME", gets(100), "", "green"},
	} {
		green := summary("green", c.green)
		d := &types.ServiceDeployment{Status: c.status, LifecycleStage: c.stage, TargetServiceRevision: &green, SourceServiceRevisions: []types.ServiceRevisionSummary{summary("red", gets(0)), summary("blue", gets(1))}}
		if c.back != "" {
			d.Rollback = &types.Rollback{ServiceRevisionArn: sdk.String(c.back)}
		}
		if got := served(d); got != c.want {
			t.Errorf("%s: %s is live, want %s", c.name, got, c.want)
		}
	}
}
