package aws

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/aws/awstest"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// withFunctions is a world whose service is a Lambda function.
func withFunctions(t *testing.T, clock Clock) *world {
	w := newWorld(t, clock)
	for _, name := range []string{"dev-orders", "dev-orderscheckout", "dev-ordersbilling"} {
		w.account.AddFunction(name)
	}
	w.function(config.AWSService{})
	return w
}

// function configures the service's function anew.
func (w *world) function(s config.AWSService) {
	s.URL, s.Function, s.Probe, s.Migration = "http://orders.dev.example.com/{team}", "dev-orders{team}", `{"rawPath":"/health"}`, "orders-migration"
	w.configured.AWS.Services = map[string]config.AWSService{"orders": s}
	w.Environment = w.open(w.t)
}

func onInstantFunctions(t *testing.T) *world {
	return withFunctions(t, &instant{now: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)})
}

func (w *world) aliasNow() string { return w.account.Function("dev-orders").Points() }

// goodFunction deploys a release that must become live.
func (w *world) goodFunction(version string) promotion.Release {
	w.t.Helper()
	r := w.release(version, platformtest.Good)
	live, log, err := w.deploy(r)
	if err != nil || live.Image != r.Image || !live.Healthy {
		w.t.Fatalf("deploy %s: %+v, %v\n%s", version, live, err, log)
	}
	return r
}

func TestFunctionsDoWhatEveryPlatformDoes(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.World {
		w := withFunctions(t, paced{from: time.Now(), pace: 50})
		return platformtest.World{
			Slot: w.slot, Open: func(t *testing.T) engine.Environment { return w.open(t) }, Publish: w.publish, Answers: w.functionAnswers,
			Break: func(*testing.T) { w.account.Break() }, Mend: func(*testing.T) { w.account.Mend() },
			Expire: func(*testing.T) { w.account.Expire() }, Renew: func(*testing.T) { w.account.Renew() },
			Drift: w.functionDrift, Running: w.running, Snapshot: w.snapshot,
			Migrations: func(*testing.T, engine.Environment) int { return w.account.Migrations() },
			Started:    "published version", Short: 20 * time.Second,
			NotApplicable: map[string]string{
				"Kill": "no process of Gantry's works for it: the alias stays where it is",
				"what was put aside is removed, once and again": "each slot is a function that was made outside of Gantry, so nothing can be put aside",
			},
		}
	})
}

func (w *world) functionAnswers(_ *testing.T, e engine.Environment, slot promotion.Slot) string {
	return w.account.FunctionAnswers(e.(*Environment).of(slot).Function)
}

// functionDrift moves the alias by hand.
func (w *world) functionDrift(t *testing.T, e engine.Environment) promotion.Digest {
	digest := w.publish(t, e, w.slot, platformtest.Image{Version: "6.6.6", Behaviour: platformtest.Good})
	w.account.Function("dev-orders").MoveByHand(w.account.Host() + "/dev/orders@" + string(digest))
	return digest
}

func TestNoCallReachesAVersionThatHasNotAnswered(t *testing.T) {
	w := onInstantFunctions(t)
	w.goodFunction("1.0.0")
	moves := len(w.account.Function("dev-orders").Moves())
	for how, why := range map[platformtest.Behaviour]string{platformtest.Crashing: platformtest.LastWords, platformtest.NeverHealthy: "it answers 503"} {
		_, log, err := w.deploy(w.release("1.1.0", how))
		var verdict *engine.Verdict
		if !errors.As(err, &verdict) || !verdict.FailedOver || !strings.Contains(verdict.Why, why) {
			t.Errorf("%s: got %v, want a failover because of %q\n%s", how, err, why, log)
		}
	}
	if got := w.account.Function("dev-orders").Moves()[moves:]; len(got) != 0 || w.aliasNow() != "1" {
		t.Errorf("the alias was moved: %v", got)
	}
}

func TestARollbackMovesTheAliasToTheRecordedVersion(t *testing.T) {
	w := onInstantFunctions(t)
	first := w.goodFunction("1.0.0")
	_, _, _ = w.deploy(w.release("1.1.0", platformtest.Crashing)) // a version between them that never was good
	w.goodFunction("1.2.0")
	live, log, err := w.deploy(first)
	if err != nil || live.Image != first.Image || w.aliasNow() != "1" || w.account.Function("dev-orders").Versions() != 3 {
		t.Errorf("%+v, %v, the alias points to %s\n%s", live, err, w.aliasNow(), log)
	}
}

func TestACanaryGetsItsPartOfTheCallsAndThenAll(t *testing.T) {
	w := onInstantFunctions(t)
	w.goodFunction("1.0.0")
	w.function(config.AWSService{Canary: 10, CanaryFor: 2 * time.Minute})
	began, moves := w.clock.Now(), len(w.account.Function("dev-orders").Moves())
	w.goodFunction("1.1.0")
	if took := w.clock.Now().Sub(began); took < 2*time.Minute {
		t.Errorf("the canary took %s", took)
	}
	got, err := json.Marshal(w.account.Function("dev-orders").Moves()[moves:])
	if err != nil || !strings.Contains(string(got), `"FunctionVersion":"1","Name":"live","RevisionId":"`) || !strings.Contains(string(got), `{"AdditionalVersionWeights":{"2":0.1}}`) || len(w.account.Function("dev-orders").Moves()) != moves+2 {
		t.Errorf("the alias was moved: %s, %v", got, err)
	}
	if w.aliasNow() != "2" {
		t.Errorf("it points to %s", w.aliasNow())
	}
}

func TestACanaryThatStopsAnsweringIsTakenBack(t *testing.T) {
	w := onInstantFunctions(t)
	first := w.goodFunction("1.0.0")
	w.function(config.AWSService{Canary: 10, CanaryFor: 2 * time.Minute})
	next := w.release("1.1.0", platformtest.Good)
	w.account.Function("dev-orders").Follow(awstest.FunctionDegrades)
	_, log, err := w.deploy(next)
	var verdict *engine.Verdict
	if !errors.As(err, &verdict) || !verdict.FailedOver || !strings.Contains(verdict.Why, "503") {
		t.Errorf("got %v\n%s", err, log)
	}
	if live, err := w.Live(t.Context(), w.slot); err != nil || live.Image != first.Image || strings.Contains(live.Detail, "%") {
		t.Errorf("live is %+v, %v", live, err)
	}
}

func TestWhatLambdaMakesOfAnImageIsTold(t *testing.T) {
	for script, want := range map[awstest.Script]struct {
		says    string
		verdict bool
	}{
		awstest.FunctionInvalid: {"InvalidImage: UnsupportedImageLayerDetected", true}, awstest.FunctionNoAccess: {"ImageAccessDenied", false},
		awstest.FunctionOverwrites: {"somebody else changes it, too", false}, awstest.FunctionMoved: {"superseded: somebody else has moved the alias live", false},
	} {
		w := onInstantFunctions(t)
		w.goodFunction("1.0.0")
		next := w.release("1.1.0", platformtest.Good)
		w.account.Function("dev-orders").Follow(script)
		_, log, err := w.deploy(next)
		verdict, is := errors.AsType[*engine.Verdict](err)
		if err == nil || is != want.verdict || is && !verdict.FailedOver || !strings.Contains(err.Error(), want.says) || w.aliasNow() != "1" {
			t.Errorf("%s: got %v, and the alias points to %s\n%s", script, err, w.aliasNow(), log)
		}
	}
}

func TestWhatLambdaTakesItsTimeForIsWaitedFor(t *testing.T) {
	for _, script := range []awstest.Script{awstest.FunctionBusy, awstest.FunctionLags, awstest.FunctionLost} {
		w := onInstantFunctions(t)
		w.goodFunction("1.0.0")
		w.account.Function("dev-orders").Follow(script)
		w.goodFunction("1.1.0")
		if w.aliasNow() != "2" {
			t.Errorf("%s: the alias points to %s", script, w.aliasNow())
		}
	}
}

func TestTroubleWithFunctionsIsNamedAndNoVerdict(t *testing.T) {
	for _, trouble := range []struct {
		name string
		make func(*awstest.Account)
		want error
	}{
		{"expired credentials", (*awstest.Account).Expire, ErrExpired},
		{"throttling", func(a *awstest.Account) { a.Throttle("lambda:UpdateFunctionCode", 100) }, ErrThrottled},
		{"a missing right", func(a *awstest.Account) { a.Deny("lambda:UpdateAlias") }, ErrDenied},
		{"another account", func(a *awstest.Account) { a.BelongTo("999999999999") }, ErrAccount},
	} {
		w := onInstantFunctions(t)
		w.goodFunction("1.0.0")
		next := w.release("1.1.0", platformtest.Good)
		trouble.make(w.account)
		_, _, err := w.deploy(next)
		if _, is := errors.AsType[*engine.Verdict](err); is || !errors.Is(err, trouble.want) || w.aliasNow() != "1" {
			t.Errorf("%s: got %v", trouble.name, err)
		}
	}
	w := onInstantFunctions(t)
	w.account.Throttle("lambda:GetFunction", 2)
	w.account.Throttle("lambda:InvokeFunction", 4)
	w.goodFunction("1.0.0")
}

func TestAFunctionKeepsTheVariablesOfItsTemplate(t *testing.T) {
	w := onInstantFunctions(t)
	w.configured.Variables = map[string]string{"REGION": "eu"}
	w.Environment = w.open(t)
	w.goodFunction("1.0.0")
	if got := w.account.Function("dev-orders").Variables("1"); got["KEPT"] != "as it was" || got["REGION"] != "eu" {
		t.Errorf("it sees %v", got)
	}
}

// inCanary deploys a canary and makes something happen once it gets its part of the calls.
func (w *world) inCanary(ctx context.Context, happens func()) error {
	w.goodFunction("1.0.0")
	w.function(config.AWSService{Canary: 10, CanaryFor: 2 * time.Minute})
	next := w.release("1.1.0", platformtest.Good)
	_, err := w.Deploy(ctx, engine.Rollout{Slot: w.slot, Release: next, HealthTimeout: time.Minute}, writes(func(text string) {
		if strings.Contains(text, "10% of the calls") {
			happens()
		}
	}))
	return err
}

func TestACanaryThatIsGivenUpIsTakenBack(t *testing.T) {
	w := onInstantFunctions(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := w.inCanary(ctx, cancel)
	if _, is := errors.AsType[*engine.Verdict](err); is || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "all calls go to version 1 again") {
		t.Errorf("got %v", err)
	}
	if live, err := w.Live(t.Context(), w.slot); err != nil || strings.Contains(live.Detail, "%") || w.aliasNow() != "1" {
		t.Errorf("live is %+v, %v", live, err)
	}
}

func TestACanaryThatNobodyCouldEndShowsAndIsEndedByTheNextDeploy(t *testing.T) {
	w := onInstantFunctions(t)
	err := w.inCanary(t.Context(), func() { w.account.Expire() })
	if _, is := errors.AsType[*engine.Verdict](err); is || !errors.Is(err, ErrExpired) || !strings.Contains(err.Error(), "10% of the calls still go to version 2") {
		t.Errorf("got %v", err)
	}
	w.account.Renew()
	if live, err := w.Live(t.Context(), w.slot); err != nil || !strings.Contains(live.Detail, "10% at version 2") || w.aliasNow() != "1" {
		t.Errorf("live is %+v, %v", live, err)
	}
	w.function(config.AWSService{})
	w.goodFunction("1.2.0")
	if live, err := w.Live(t.Context(), w.slot); err != nil || strings.Contains(live.Detail, "%") || w.aliasNow() != "3" {
		t.Errorf("live is %+v, %v", live, err)
	}
}
