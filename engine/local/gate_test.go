package local

import (
	"context"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

const consumer = `
[[service]]
name = "orders"
path = "inventory"
team = "checkout"
depends_on = ["inventory"]
  [[service.build.step]]
  name = "compile"
  run = "true"
  [service.image]
  files = { "/app" = "app" }
  entrypoint = ["/app"]
  [[service.contract_tests.step]]
  name = "contract"
  run = "true"
  [service.acceptance]
  files = { "suite" = "suite" }
  run = "./suite"
  [service.e2e]
  files = { "suite" = "suite" }
  run = "./suite"
`

func (h *home) startOf(e *Engine, service string) promotion.RunID {
	h.t.Helper()
	id, err := e.Start(h.t.Context(), engine.StartRequest{Service: service, Actor: "ada", Trigger: "operator"})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func TestAContractStageWaitsForTheStubOfADependencyOnItsWay(t *testing.T) {
	h := newHome(t)
	h.rewrite("[[service]]", consumer+"\n[[service]]")
	reached, leave := make(chan struct{}), make(chan struct{})
	h.world.when("prod/publish", func(_ context.Context, job *stages.Job) (promotion.Result, error) {
		if job.Service.Name == "inventory" {
			close(reached)
			<-leave
		}
		return h.world.succeed(job)
	})
	e := h.open()
	provider := h.startOf(e, "inventory")
	<-reached
	id := h.startOf(e, "orders")
	run := h.wait(e, id, "waited for the stub", func(r promotion.Run) bool {
		s, _ := r.Stage("build/contract")
		return s.Waiting != nil
	})
	if reason := run.Waits().Reason; !strings.Contains(reason, "inventory has no stub yet") || !strings.Contains(reason, "run 1") {
		t.Errorf("it waits because %q", reason)
	}
	close(leave)
	h.end(e, provider)
	if run := h.end(e, id); run.Outcome != promotion.Succeeded {
		t.Errorf("orders ended %q: %s", run.Outcome, run.Reason)
	}
}

func TestAContractStageWaitsAlsoWhereTheDependencyWaitsForAPerson(t *testing.T) {
	h := newHome(t)
	h.rewrite("[[service]]", consumer+"\n[[service]]")
	h.rewrite("\n[[environment]]\nname = \"dev\"", "\n[pipeline]\nmode = \"continuous-delivery\"\njustification = \"the auditors sign\"\n\n[[environment]]\nname = \"dev\"")
	e := h.open()
	provider := h.startOf(e, "inventory")
	h.wait(e, provider, "asks for an approval", func(r promotion.Run) bool { return r.Waits().NeedsPerson() })
	id := h.startOf(e, "orders")
	run := h.wait(e, id, "waits as well", func(r promotion.Run) bool { return r.Waits().NeedsPerson() })
	if w := run.Waits(); w.Gate != promotion.GateStub || !strings.Contains(w.Reason, "inventory has no stub yet: run 1 is on its way and waits for a person") || !strings.Contains(w.Who, "run 1") {
		t.Errorf("it waits for %+v", w)
	}
	for _, run := range []promotion.RunID{provider, id} {
		asked := h.wait(e, run, "asks for an approval", func(r promotion.Run) bool { return r.Waits().NeedsPerson() && r.Waits().Gate == promotion.GateApproval })
		h.ask(e, promotion.Command{Run: run, Verb: promotion.VerbApprove, Actor: "ada", Environment: "prod", Digest: asked.Release.Image})
		if ended := h.end(e, run); ended.Outcome != promotion.Succeeded {
			t.Errorf("run %d ended %q: %s", run, ended.Outcome, ended.Reason)
		}
	}
}

func TestNoMoreStagesRunAtOnceThanConfigured(t *testing.T) {
	h := newHome(t)
	h.rewrite("[[service]]", consumer+"\n[[service]]")
	h.rewrite("\n[[environment]]\nname = \"dev\"", "\n[pipeline]\nparallel = 1\n\n[[environment]]\nname = \"dev\"")
	reached, leave := make(chan struct{}), make(chan struct{})
	h.world.when("build/build", func(_ context.Context, job *stages.Job) (promotion.Result, error) {
		if job.Service.Name == "inventory" {
			close(reached)
			<-leave
		}
		return h.world.succeed(job)
	})
	e := h.open()
	first := h.startOf(e, "inventory")
	<-reached
	second := h.startOf(e, "orders")
	run := h.wait(e, second, "waited for its turn", func(r promotion.Run) bool {
		s, _ := r.Stage("build/build")
		return s.Waiting != nil
	})
	if reason := run.Waits().Reason; !strings.Contains(reason, "parallel = 1") {
		t.Errorf("it waits because %q", reason)
	}
	close(leave)
	h.end(e, first)
	h.end(e, second)
}

func TestAFailureOnHoldWaitsForAPersonAndIsRolledBackOnDemand(t *testing.T) {
	h := newHome(t)
	h.rewrite(`name = "dev"`, "name = \"dev\"\non_failure = \"hold\"")
	h.world.when("dev/acceptance", failing)
	e := h.open()
	id := h.start(e, engine.StartRequest{})
	run := h.wait(e, id, "held", func(r promotion.Run) bool { return r.Held != nil })
	if !run.Waits().NeedsPerson() {
		t.Errorf("it waits for %+v", run.Waits())
	}
	h.wantLive(map[string]promotion.Digest{"dev": image(1)})
	if err := e.Command(t.Context(), promotion.Command{Run: id, Verb: promotion.VerbRollBack, Actor: "ada", Reason: "enough seen"}); err != nil {
		t.Fatal(err)
	}
	if run := h.end(e, id); run.Outcome != promotion.RolledBack {
		t.Errorf("the run ended %q", run.Outcome)
	}
	h.wantLive(map[string]promotion.Digest{})
}
