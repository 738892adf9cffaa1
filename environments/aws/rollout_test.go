package aws

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/aws/awstest"
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

func (w *world) definitionNow() string { return w.account.Service("orders").Definition() }

func (w *world) script(script awstest.Script) { w.account.Service("orders").Follow(script) }

func TestASlowRolloutIsWaitedFor(t *testing.T) {
	w := onInstant(t)
	w.good("1.0.0")
	w.script(awstest.Slow)
	w.good("1.1.0")
}

func TestAServiceThatDeploysInAnotherWayIsRefused(t *testing.T) {
	for _, how := range [][2]string{{"", "CODE_DEPLOY"}, {"BLUE_GREEN", "EXTERNAL"}, {"SHADOW", "ECS"}} {
		w := onInstant(t)
		before := w.good("1.0.0")
		w.account.Service("orders").DeployBy(how[0], how[1])
		name := how[1]
		if name == "ECS" {
			name = how[0]
		}
		if _, _, err := w.deploy(w.release("1.1.0", platformtest.Good)); err == nil || !strings.Contains(err.Error(), "the ECS service orders deploys by "+name) || errors.As(err, new(*engine.Verdict)) {
			t.Errorf("%s: %v", how, err)
		}
		if now := w.definitionNow(); now != before {
			t.Errorf("%s: the service was moved to %s", how, now)
		}
		checks := w.View().Check(t.Context(), w.slot, true)
		if !slices.ContainsFunc(checks, func(c engine.Check) bool { return c.State == engine.CheckWrong && strings.Contains(c.Detail, name) }) {
			t.Errorf("%s: a dry run says %+v", how, checks)
		}
	}
	w := onInstant(t)
	w.account.Service("orders").DeployBy("ROLLING", "ECS")
	w.good("1.0.0")
}

func TestARolloutThatFailsIsNoSuccessOnceTheServiceIsStableAgain(t *testing.T) {
	for script, why := range map[awstest.Script]string{
		awstest.NeverStarts: "CannotPullContainerError", awstest.Vanishes: "rolling back", awstest.NoRollback: "tasks failed to start", awstest.OtherDigest: "no healthy task runs",
	} {
		t.Run(string(script), func(t *testing.T) {
			w := onInstant(t)
			before := w.good("1.0.0")
			next := w.release("1.1.0", platformtest.Good)
			w.account.Service("orders").FollowOnce(script)
			live, log, err := w.deploy(next)
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

func TestARolloutThatNobodyFinishesIsNoVerdict(t *testing.T) {
	for script, says := range map[awstest.Script]string{awstest.Superseded: "superseded by somebody else's", awstest.Scaled: "scaled orders to zero"} {
		w := onInstant(t)
		w.good("1.0.0")
		next := w.release("1.1.0", platformtest.Good)
		w.account.Service("orders").FollowOnce(script)
		_, log, err := w.deploy(next)
		var verdict *engine.Verdict
		if err == nil || errors.As(err, &verdict) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v\n%s", script, err, log)
		}
	}
}

func TestTheLogOfARolloutThatFailsHasTheEndOfItsTasks(t *testing.T) {
	w := onInstant(t)
	w.good("1.0.0")
	_, log, _ := w.deploy(w.release("1.1.0", platformtest.Crashing))
	if !strings.Contains(log, "the end of the log of task ") || !strings.Contains(log, "\nstarting 1.1.0\n"+platformtest.LastWords+"\n") {
		t.Errorf("the log is\n%s", log)
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
	w.account.Deny("ecs:StopServiceDeployment")
	_, log, err := w.deploy(w.release("1.1.0", platformtest.NeverHealthy))
	var verdict *engine.Verdict
	if !errors.As(err, &verdict) || !verdict.FailedOver || !strings.Contains(log, "moved back to") || w.definitionNow() != before {
		t.Errorf("got %v\n%s", err, log)
	}
}

func TestThrottlingInTheMiddleIsWaitedOut(t *testing.T) {
	w := onInstant(t)
	w.good("1.0.0")
	w.account.Throttle("ecs:ListTasks", 4) // more than the SDK tries
	w.good("1.1.0")
}

// How much is borne with is a matter of time, not of how often somebody asks.
func TestWhoAsksOftenBearsAsMuch(t *testing.T) {
	w := onInstant(t)
	w.configured.AWS.Poll = 100 * time.Millisecond
	w.Environment = w.open(t)
	w.good("1.0.0")
	w.account.Throttle("ecs:ListTasks", 60) // 20 answers that do not come
	w.good("1.1.0")
}

func TestTroubleOnTheWayIsNamedAndNoVerdict(t *testing.T) {
	for _, trouble := range []struct {
		name string
		make func(*awstest.Account)
		want error
	}{
		{"expired credentials", (*awstest.Account).Expire, ErrExpired},
		{"throttling", func(a *awstest.Account) { a.Throttle("ecs:UpdateService", 100) }, ErrThrottled},
		{"a missing right", func(a *awstest.Account) { a.Deny("ecs:RegisterTaskDefinition") }, ErrDenied},
		{"another account", func(a *awstest.Account) { a.BelongTo("999999999999") }, ErrAccount},
	} {
		w := onInstant(t)
		next := w.release("1.0.0", platformtest.Good)
		before := w.snapshot(t)
		trouble.make(w.account)
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
	w.account.Expire()
	if _, _, err := w.deploy(next); !errors.Is(err, ErrExpired) {
		t.Fatalf("got %v", err)
	}
	w.account.Renew()
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
			w.account.Expire()
		}
	}))
	var verdict *engine.Verdict
	if !errors.Is(err, ErrExpired) || errors.As(err, &verdict) || !strings.Contains(err.Error(), "ECS goes on with it") {
		t.Errorf("got %v", err)
	}
	w.account.Renew()
	_ = w.clock.Wait(t.Context(), time.Minute)
	if live, err := w.Live(t.Context(), w.slot); err != nil || live == nil || !live.Healthy || w.definitionNow() != before {
		t.Errorf("live is %+v, %v", live, err)
	}
}

func TestWhatAnEngineThatDiedHasStartedIsReplacedAndNeverGoneBackTo(t *testing.T) {
	w := onInstant(t)
	before := w.good("1.0.0")
	abandoned := w.release("1.1.0", platformtest.NeverHealthy)
	w.account.Service("orders").DeployByHand(w.account.Host() + "/dev/orders@" + string(abandoned.Image)) // its engine has started this and died
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
	_ = w.clock.Wait(t.Context(), 11*time.Hour+56*time.Minute)
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
	if got := w.account.Repository("dev/orders"); got["imageTagMutability"] != "IMMUTABLE" || got["tags"] == nil {
		t.Errorf("it is %v", got)
	}
}

func TestSecretsReachAContainerOnlyAsPlacesToReadThem(t *testing.T) {
	w := onInstant(t)
	w.account.Keep("ssm:/dev/token", "hunter2")
	w.account.Keep("secretsmanager:dev/orders", `{"url":"postgres://app:s3cret@db/orders"}`)
	w.configured.Variables = map[string]string{"TOKEN": "ssm:/dev/token", "REGION": "eu"}
	w.configured.AWS.Services = map[string]config.AWSService{"orders": {URL: "http://x", Secrets: map[string]string{"DATABASE_URL": "secretsmanager:dev/orders#url"}}}
	w.Environment = w.open(t)
	w.good("1.0.0")
	container := w.account.Container(w.definitionNow())
	want := map[string]string{
		"TOKEN": "arn:aws:ssm:eu-central-1:111122223333:parameter/dev/token", "DATABASE_URL": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dev/orders-AbCdEf:url::",
	}
	for _, s := range container["secrets"].([]any) {
		if from := s.(awstest.Object); want[from["name"].(string)] != from["valueFrom"] {
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
