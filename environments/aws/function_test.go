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
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// withFunctions is a world whose service is a Lambda function.
func withFunctions(t *testing.T, clock Clock) *world {
	w := newWorld(t, clock)
	w.cloud.functions = map[string]*fakeFunction{}
	for _, name := range []string{"orders", "orderscheckout", "ordersbilling"} {
		w.cloud.functions[name] = w.cloud.newFunction(name)
	}
	w.function(config.AWSService{})
	return w
}

// function configures the service's function anew.
func (w *world) function(s config.AWSService) {
	s.URL, s.Function, s.Probe, s.Migration = "http://orders.dev.example.com/{team}", "orders{team}", `{"rawPath":"/health"}`, "orders-migration"
	w.configured.AWS.Services = map[string]config.AWSService{"orders": s}
	w.Environment = w.open(w.t)
}

func onInstantFunctions(t *testing.T) *world {
	return withFunctions(t, &instant{now: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)})
}

// behaves makes something go on with the function.
func (w *world) behaves(script string) {
	w.set(func(c *cloud) { c.functions["orders"].script = script })
}

func (w *world) aliasNow() (version string) {
	w.set(func(c *cloud) { version = c.functions["orders"].alias["FunctionVersion"].(string) })
	return version
}

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
			Break: func(*testing.T) { w.set(func(c *cloud) { c.broken = true }) }, Mend: func(*testing.T) { w.set(func(c *cloud) { c.broken = false }) },
			Expire: func(*testing.T) { w.set(func(c *cloud) { c.expired = true }) }, Renew: func(*testing.T) { w.set(func(c *cloud) { c.expired = false }) },
			Drift: w.functionDrift, Running: w.functionsRunning, Snapshot: w.functionSnapshot,
			Migrations: func(*testing.T, engine.Environment) (n int) { w.set(func(c *cloud) { n = c.migrations }); return n },
			Started:    "published version", Short: 20 * time.Second,
			NotApplicable: map[string]string{
				"Kill": "no process of Gantry's works for it: the alias stays where it is",
				"what was put aside is removed, once and again": "each slot is a function that was made outside of Gantry, so nothing can be put aside",
			},
		}
	})
}

func (w *world) functionAnswers(_ *testing.T, e engine.Environment, slot promotion.Slot) (version string) {
	w.set(func(c *cloud) {
		f := c.functions[e.(*Environment).of(slot).Function]
		if f.reserved == nil || *f.reserved > 0 {
			_, digest, _ := strings.Cut(f.version(f.alias["FunctionVersion"].(string)).image, "@")
			version = c.images[digest].version
		}
	})
	return version
}

// functionDrift moves the alias by hand.
func (w *world) functionDrift(t *testing.T, e engine.Environment) promotion.Digest {
	digest := w.publish(t, e, w.slot, platformtest.Image{Version: "6.6.6", Behaviour: platformtest.Good})
	w.set(func(c *cloud) {
		f := c.functions["orders"]
		f.versions = append(f.versions, &fakeVersion{image: c.registry.host + "/dev/orders@" + string(digest), state: "Active", status: "Successful", modified: c.clock.Now()})
		f.alias = object{"Name": "live", "FunctionVersion": "2", "Description": f.alias["Description"], "RevisionId": c.id("r")}
	})
	return digest
}

func (w *world) functionsRunning(*testing.T) (all []string) {
	w.set(func(c *cloud) {
		for name, f := range c.functions {
			if f.reserved == nil || *f.reserved > 0 {
				all = append(all, name)
			}
		}
	})
	return all
}

func (w *world) functionSnapshot(t *testing.T) string {
	var text strings.Builder
	w.set(func(c *cloud) {
		all := object{"repositories": c.repos, "definitions": c.definitions}
		for name, f := range c.functions {
			all[name] = object{"alias": f.alias, "reserved": f.reserved, "latest": c.configurationOf(f, f.latest, latest), "versions": len(f.versions)}
		}
		if err := json.NewEncoder(&text).Encode(all); err != nil {
			t.Error(err)
		}
	})
	return text.String()
}

func TestNoCallReachesAVersionThatHasNotAnswered(t *testing.T) {
	w := onInstantFunctions(t)
	w.goodFunction("1.0.0")
	moves := len(w.cloud.functions["orders"].aliases)
	for how, why := range map[platformtest.Behaviour]string{platformtest.Crashing: platformtest.LastWords, platformtest.NeverHealthy: "it answers 503"} {
		_, log, err := w.deploy(w.release("1.1.0"+string(how), how))
		var verdict *engine.Verdict
		if !errors.As(err, &verdict) || !verdict.FailedOver || !strings.Contains(verdict.Why, why) {
			t.Errorf("%s: got %v, want a failover because of %q\n%s", how, err, why, log)
		}
	}
	if got := w.cloud.functions["orders"].aliases[moves:]; len(got) != 0 || w.aliasNow() != "1" {
		t.Errorf("the alias was moved: %v", got)
	}
}

func TestARollbackMovesTheAliasToTheRecordedVersion(t *testing.T) {
	w := onInstantFunctions(t)
	first := w.goodFunction("1.0.0")
	_, _, _ = w.deploy(w.release("1.1.0", platformtest.Crashing)) // a version between them that never was good
	w.goodFunction("1.2.0")
	live, log, err := w.deploy(first)
	if err != nil || live.Image != first.Image || w.aliasNow() != "1" || len(w.cloud.functions["orders"].versions) != 3 {
		t.Errorf("%+v, %v, the alias points to %s\n%s", live, err, w.aliasNow(), log)
	}
}

func TestACanaryGetsItsPartOfTheCallsAndThenAll(t *testing.T) {
	w := onInstantFunctions(t)
	w.goodFunction("1.0.0")
	w.function(config.AWSService{Canary: 10, CanaryFor: 2 * time.Minute})
	began, moves := w.cloud.clock.Now(), len(w.cloud.functions["orders"].aliases)
	w.goodFunction("1.1.0")
	if took := w.cloud.clock.Now().Sub(began); took < 2*time.Minute {
		t.Errorf("the canary took %s", took)
	}
	got, err := json.Marshal(w.cloud.functions["orders"].aliases[moves:])
	if err != nil || !strings.Contains(string(got), `"FunctionVersion":"1","Name":"live","RevisionId":"`) || !strings.Contains(string(got), `{"AdditionalVersionWeights":{"2":0.1}}`) || len(w.cloud.functions["orders"].aliases) != moves+2 {
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
	w.behaves(functionDegrades)
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
	for script, want := range map[string]struct {
		says    string
		verdict bool
	}{
		functionInvalid: {"InvalidImage: UnsupportedImageLayerDetected", true}, functionNoAccess: {"ImageAccessDenied", false},
		functionOverwrites: {"somebody else changes it, too", false}, functionMoved: {"superseded: somebody else has moved the alias live", false},
	} {
		w := onInstantFunctions(t)
		w.goodFunction("1.0.0")
		next := w.release("1.1.0", platformtest.Good)
		w.behaves(script)
		_, log, err := w.deploy(next)
		verdict, is := errors.AsType[*engine.Verdict](err)
		if err == nil || is != want.verdict || is && !verdict.FailedOver || !strings.Contains(err.Error(), want.says) || w.aliasNow() != "1" {
			t.Errorf("%s: got %v, and the alias points to %s\n%s", script, err, w.aliasNow(), log)
		}
	}
}

func TestWhatLambdaTakesItsTimeForIsWaitedFor(t *testing.T) {
	for _, script := range []string{functionBusy, functionLags, functionLost} {
		w := onInstantFunctions(t)
		w.goodFunction("1.0.0")
		w.behaves(script)
		w.goodFunction("1.1.0")
		if w.aliasNow() != "2" {
			t.Errorf("%s: the alias points to %s", script, w.aliasNow())
		}
	}
}

func TestTroubleWithFunctionsIsNamedAndNoVerdict(t *testing.T) {
	for _, trouble := range []struct {
		name string
		make func(*cloud)
		want error
	}{
		{"expired credentials", func(c *cloud) { c.expired = true }, ErrExpired},
		{"throttling", func(c *cloud) { c.throttled["lambda:UpdateFunctionCode"] = 100 }, ErrThrottled},
		{"a missing right", func(c *cloud) { c.denied["lambda:UpdateAlias"] = true }, ErrDenied},
		{"another account", func(c *cloud) { c.account = "999999999999" }, ErrAccount},
	} {
		w := onInstantFunctions(t)
		w.goodFunction("1.0.0")
		next := w.release("1.1.0", platformtest.Good)
		w.set(trouble.make)
		_, _, err := w.deploy(next)
		if _, is := errors.AsType[*engine.Verdict](err); is || !errors.Is(err, trouble.want) || w.aliasNow() != "1" {
			t.Errorf("%s: got %v", trouble.name, err)
		}
	}
	w := onInstantFunctions(t)
	w.set(func(c *cloud) { c.throttled["lambda:GetFunction"], c.throttled["lambda:InvokeFunction"] = 2, 4 })
	w.goodFunction("1.0.0")
}

func TestAFunctionKeepsTheVariablesOfItsTemplate(t *testing.T) {
	w := onInstantFunctions(t)
	w.configured.Variables = map[string]string{"REGION": "eu"}
	w.Environment = w.open(t)
	w.goodFunction("1.0.0")
	if got := w.cloud.functions["orders"].versions[0].variables; got["KEPT"] != "as it was" || got["REGION"] != "eu" {
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
	err := w.inCanary(t.Context(), func() { w.set(func(c *cloud) { c.expired = true }) })
	if _, is := errors.AsType[*engine.Verdict](err); is || !errors.Is(err, ErrExpired) || !strings.Contains(err.Error(), "10% of the calls still go to version 2") {
		t.Errorf("got %v", err)
	}
	w.set(func(c *cloud) { c.expired = false })
	if live, err := w.Live(t.Context(), w.slot); err != nil || !strings.Contains(live.Detail, "10% at version 2") || w.aliasNow() != "1" {
		t.Errorf("live is %+v, %v", live, err)
	}
	w.function(config.AWSService{})
	w.goodFunction("1.2.0")
	if live, err := w.Live(t.Context(), w.slot); err != nil || strings.Contains(live.Detail, "%") || w.aliasNow() != "3" {
		t.Errorf("live is %+v, %v", live, err)
	}
}
