package aws

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// onInstant is a world in which waiting takes no time.
func onInstant(t *testing.T) *world {
	return newWorld(t, &instant{now: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)})
}

func (w *world) deploy(r promotion.Release) (*engine.Live, string, error) {
	w.t.Helper()
	var log strings.Builder
	live, err := w.Deploy(w.t.Context(), engine.Rollout{Slot: w.slot, Release: r, HealthTimeout: 2 * time.Minute}, &log)
	return live, log.String(), err
}

// good deploys a release that must become live, and is the task definition that ran it.
func (w *world) good(version string) string {
	w.t.Helper()
	r := w.release(version, platformtest.Good)
	if live, log, err := w.deploy(r); err != nil || live.Image != r.Image {
		w.t.Fatalf("deploy %s: %+v, %v\n%s", version, live, err, log)
	}
	return w.definitionNow()
}

func (w *world) definitionNow() (arn string) {
	w.set(func(c *cloud) { arn = c.services["orders"].deployments[0].definition })
	return arn
}

func (w *world) script(script string) { w.set(func(c *cloud) { c.services["orders"].script = script }) }

func TestASlowRolloutIsWaitedFor(t *testing.T) {
	w := onInstant(t)
	w.good("1.0.0")
	w.script(scriptSlow)
	w.good("1.1.0")
}

func TestAServiceThatDeploysInAnotherWayIsRefused(t *testing.T) {
	for strategy, controller := range map[string]string{"BLUE_GREEN": "ECS", "CANARY": "", "": "CODE_DEPLOY"} {
		w := onInstant(t)
		before := w.good("1.0.0")
		w.set(func(c *cloud) { c.services["orders"].strategy, c.services["orders"].controller = strategy, controller })
		how := cmp.Or(strategy, controller)
		if _, _, err := w.deploy(w.release("1.1.0", platformtest.Good)); err == nil || !strings.Contains(err.Error(), "the ECS service orders deploys by "+how) || errors.As(err, new(*engine.Verdict)) {
			t.Errorf("%s: %v", how, err)
		}
		if now := w.definitionNow(); now != before {
			t.Errorf("%s: the service was moved to %s", how, now)
		}
		checks := w.View().Check(t.Context(), w.slot, true)
		if !slices.ContainsFunc(checks, func(c engine.Check) bool { return c.State == engine.CheckWrong && strings.Contains(c.Detail, how) }) {
			t.Errorf("%s: a dry run says %+v", how, checks)
		}
	}
	w := onInstant(t)
	w.set(func(c *cloud) { c.services["orders"].strategy, c.services["orders"].controller = "ROLLING", "ECS" })
	w.good("1.0.0")
}

func TestARolloutThatFailsIsNoSuccessOnceTheServiceIsStableAgain(t *testing.T) {
	for script, why := range map[string]string{
		scriptNeverStarts: "CannotPullContainerError", scriptVanishes: "rolling back", scriptNoRollback: "tasks failed to start", scriptOtherDigest: "no healthy task runs",
	} {
		t.Run(script, func(t *testing.T) {
			w := onInstant(t)
			before := w.good("1.0.0")
			next := w.release("1.1.0", platformtest.Good)
			w.script(script)
			live, log, err := w.deployOnce(next)
			var verdict *engine.Verdict
			if !errors.As(err, &verdict) || !verdict.FailedOver || !strings.Contains(verdict.Why, why) {
				t.Fatalf("got %+v, %v, want a failover because of %q\n%s", live, err, why, log)
			}
			if now := w.definitionNow(); now != before {
				t.Errorf("the service is on %s, want the recorded %s", now, before)
			}
		})
	}
}

// deployOnce deploys with a script that only the next deployment follows.
func (w *world) deployOnce(r promotion.Release) (*engine.Live, string, error) {
	w.set(func(c *cloud) { c.services["orders"].once = true })
	return w.deploy(r)
}

func TestARolloutThatNobodyFinishesIsNoVerdict(t *testing.T) {
	for script, says := range map[string]string{scriptSuperseded: "superseded by somebody else's", scriptScaled: "scaled orders to zero"} {
		w := onInstant(t)
		w.good("1.0.0")
		next := w.release("1.1.0", platformtest.Good)
		w.script(script)
		_, log, err := w.deployOnce(next)
		var verdict *engine.Verdict
		if err == nil || errors.As(err, &verdict) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v\n%s", script, err, log)
		}
	}
}

func TestARollbackRunsTheRecordedTaskDefinitionAndNotTheOneBeforeByNumber(t *testing.T) {
	w := onInstant(t)
	good := w.release("1.0.0", platformtest.Good)
	if _, _, err := w.deploy(good); err != nil {
		t.Fatal(err)
	}
	recorded := w.definitionNow()
	_, _, _ = w.deploy(w.release("1.1.0", platformtest.Crashing)) // a revision between them that never was good
	w.good("1.2.0")
	if live, log, err := w.deploy(good); err != nil || live.Image != good.Image {
		t.Fatalf("%+v, %v\n%s", live, err, log)
	}
	if now := w.definitionNow(); now != recorded {
		t.Errorf("the rollback runs %s, want the recorded %s", now, recorded)
	}
}

func TestAnAbortWithoutTheRightToStopDeploymentsMovesTheServiceBack(t *testing.T) {
	w := onInstant(t)
	before := w.good("1.0.0")
	w.set(func(c *cloud) { c.denied["ecs:StopServiceDeployment"] = true })
	_, log, err := w.deploy(w.release("1.1.0", platformtest.NeverHealthy))
	var verdict *engine.Verdict
	if !errors.As(err, &verdict) || !verdict.FailedOver || !strings.Contains(log, "moved back to") || w.definitionNow() != before {
		t.Errorf("got %v\n%s", err, log)
	}
}

func TestThrottlingInTheMiddleIsWaitedOut(t *testing.T) {
	w := onInstant(t)
	w.good("1.0.0")
	w.set(func(c *cloud) { c.throttled["ecs:ListTasks"] = 4 }) // more than the SDK tries
	w.good("1.1.0")
}

func TestTroubleOnTheWayIsNamedAndNoVerdict(t *testing.T) {
	for _, trouble := range []struct {
		name string
		make func(*cloud)
		want error
	}{
		{"expired credentials", func(c *cloud) { c.expired = true }, ErrExpired},
		{"throttling", func(c *cloud) { c.throttled["ecs:UpdateService"] = 100 }, ErrThrottled},
		{"a missing right", func(c *cloud) { c.denied["ecs:RegisterTaskDefinition"] = true }, ErrDenied},
		{"another account", func(c *cloud) { c.account = "999999999999" }, ErrAccount},
	} {
		w := onInstant(t)
		next := w.release("1.0.0", platformtest.Good)
		before := w.snapshot(t)
		w.set(trouble.make)
		_, _, err := w.deploy(next)
		var verdict *engine.Verdict
		if !errors.Is(err, trouble.want) || errors.As(err, &verdict) || strings.Contains(err.Error(), "operation error") || !strings.HasPrefix(err.Error(), "dev: ") {
			t.Errorf("%s: got %v", trouble.name, err)
		}
		if trouble.name == "another account" && w.snapshot(t) != before {
			t.Error("something was changed in another account")
		}
	}
}

func TestCredentialsThatWereRenewedAreReadAnew(t *testing.T) {
	w := onInstant(t)
	w.good("1.0.0")
	next := w.release("1.1.0", platformtest.Good)
	read := 0
	w.sessions.options = append(w.sessions.options, func(*sdk.Config) { read++ })
	w.set(func(c *cloud) { c.expired = true })
	if _, _, err := w.deploy(next); !errors.Is(err, ErrExpired) {
		t.Fatalf("got %v", err)
	}
	w.set(func(c *cloud) { c.expired = false })
	if _, log, err := w.deploy(next); err != nil || read != 1 {
		t.Errorf("credentials were read %d times, %v\n%s", read, err, log)
	}
}

func TestCredentialsThatExpireInTheMiddleLeaveTheRestToECS(t *testing.T) {
	w := onInstant(t)
	before := w.good("1.0.0")
	next := w.release("1.1.0", platformtest.Crashing)
	_, err := w.Deploy(t.Context(), engine.Rollout{Slot: w.slot, Release: next, HealthTimeout: time.Minute}, writes(func(text string) {
		if strings.HasPrefix(text, "started deployment") {
			w.set(func(c *cloud) { c.expired = true })
		}
	}))
	var verdict *engine.Verdict
	if !errors.Is(err, ErrExpired) || errors.As(err, &verdict) || !strings.Contains(err.Error(), "ECS goes on with it") {
		t.Errorf("got %v", err)
	}
	w.set(func(c *cloud) { c.expired = false })
	_ = w.cloud.clock.Wait(t.Context(), time.Minute)
	if live, err := w.Live(t.Context(), w.slot); err != nil || live == nil || !live.Healthy || w.definitionNow() != before {
		t.Errorf("live is %+v, %v", live, err)
	}
}

func TestWhatAnEngineThatDiedHasStartedIsReplacedAndNeverGoneBackTo(t *testing.T) {
	w := onInstant(t)
	before := w.good("1.0.0")
	abandoned := w.release("1.1.0", platformtest.NeverHealthy)
	w.set(func(c *cloud) { // its engine has started this and died
		d := c.copyOf(before)
		container := object{}
		for key, value := range c.containerOf(d) {
			container[key] = value
		}
		container["image"] = c.registry.host + "/dev/orders@" + string(abandoned.Image)
		c.definitions[d]["containerDefinitions"] = []any{container}
		c.roll(c.services["orders"], d)
	})
	_, log, err := w.deploy(w.release("1.2.0", platformtest.Crashing))
	var verdict *engine.Verdict
	if !errors.As(err, &verdict) || !verdict.FailedOver || w.definitionNow() != before {
		t.Errorf("got %v, on %s\n%s", err, w.definitionNow(), log)
	}
}

func TestAPasswordForECRIsRenewedDuringALongCopy(t *testing.T) {
	w := onInstant(t)
	to, err := w.Repository(t.Context(), w.slot, "")
	if err != nil {
		t.Fatal(err)
	}
	first, _ := to.Write.Authorization()
	again, _ := to.Write.Authorization()
	_ = w.cloud.clock.Wait(t.Context(), 11*time.Hour+56*time.Minute)
	later, err := to.Write.Authorization()
	if err != nil || first.Password != again.Password || later.Password == first.Password {
		t.Errorf("the passwords are %s, %s and %s, %v", first.Password, again.Password, later.Password, err)
	}
	if !slices.Contains(w.Secrets(), first.Password) || !slices.Contains(w.Secrets(), later.Password) {
		t.Error("a password is no secret")
	}
	w.release("1.0.0", platformtest.Good) // with the new one
}

func TestRepositoriesAreMadeWithTagsThatNobodyMoves(t *testing.T) {
	w := onInstant(t)
	w.release("1.0.0", platformtest.Good)
	if got := w.cloud.repos["dev/orders"]; got["imageTagMutability"] != "IMMUTABLE" || got["tags"] == nil {
		t.Errorf("it is %v", got)
	}
}

func TestSecretsReachAContainerOnlyAsPlacesToReadThem(t *testing.T) {
	w := onInstant(t)
	w.cloud.parameters = map[string]string{"ssm:/dev/token": "hunter2", "secretsmanager:dev/orders": `{"url":"postgres://app:s3cret@db/orders"}`}
	w.configured.Variables = map[string]string{"TOKEN": "ssm:/dev/token", "REGION": "eu"}
	w.configured.AWS.Services = map[string]config.AWSService{"orders": {URL: "http://x", Secrets: map[string]string{"DATABASE_URL": "secretsmanager:dev/orders#url"}}}
	w.Environment = w.open(t)
	w.good("1.0.0")
	container := w.cloud.containerOf(w.definitionNow())
	want := map[string]string{
		"TOKEN": "arn:aws:ssm:eu-central-1:111122223333:parameter/dev/token", "DATABASE_URL": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dev/orders-AbCdEf:url::",
	}
	for _, s := range container["secrets"].([]any) {
		if from := s.(object); want[from["name"].(string)] != from["valueFrom"] {
			t.Errorf("%v", from)
		}
	}
	if strings.Contains(w.snapshot(t), "hunter2") || len(container["environment"].([]any)) != 2 {
		t.Errorf("the container sees %v", container["environment"])
	}
	if got := w.Variables(); !slices.Equal(got, []string{"REGION=eu", "TOKEN=hunter2"}) {
		t.Errorf("commands see %v", got)
	}
	if !slices.Contains(w.Secrets(), "hunter2") {
		t.Error("a value that was read is no secret")
	}
	if got, err := w.secret(t.Context(), "secretsmanager:dev/orders#url"); err != nil || got != "postgres://app:s3cret@db/orders" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := w.secret(t.Context(), "secretsmanager:dev/orders#user"); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a key that is not there: %v", err)
	}
}
