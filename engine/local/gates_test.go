package local

import (
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// gate waits until a gate keeps the run out.
func (h *home) gate(e *Engine, id promotion.RunID, gate promotion.Gate) *promotion.Waiting {
	h.t.Helper()
	run := h.wait(e, id, "waited at the gate "+string(gate), func(r promotion.Run) bool { w := r.Waits(); return w != nil && w.Gate == gate })
	return run.Waits()
}

func (h *home) ask(e *Engine, c promotion.Command) {
	h.t.Helper()
	if c.Actor == "" {
		c.Actor = "grace"
	}
	if err := e.Command(h.t.Context(), c); err != nil {
		h.t.Fatal(err)
	}
}

func TestGatesOfTheConfigurationKeepAReleaseOutAndSayUntilWhen(t *testing.T) {
	h := newHome(t)
	h.rewrite(`[[environment]]
name = "dev"`, `[pipeline]
mode = "continuous-delivery"
justification = "the bank wants a name"

[[freeze]]
name = "fair"
environments = ["qa"]
reason = "the stand is open"
start = 2026-05-04T00:00:00Z
length = "8h"

[[environment]]
name = "dev"
soak = "1h"`)
	h.rewrite(`name = "prod"
platform = "sandbox"`, `name = "prod"
platform = "sandbox"
approval = { expires = "1h", four_eyes = true }`)
	now := time.Date(2026, 5, 4, 6, 0, 0, 0, time.UTC)
	o := h.options()
	o.Now = func() time.Time { return now }
	e, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	id := h.start(e, engine.StartRequest{})
	if soak := h.gate(e, id, promotion.GateSoak); soak.Until == nil || !soak.Until.Equal(now.Add(time.Hour)) {
		t.Errorf("it soaks until %v", soak.Until)
	}
	h.ask(e, promotion.Command{Run: id, Verb: promotion.VerbOverride, Environment: "qa", Reason: "urgent"})
	freeze := h.gate(e, id, promotion.GateFreeze)
	if freeze.Until == nil || freeze.Until.Hour() != 8 || freeze.Since.Hour() != 0 || !strings.Contains(freeze.Reason, `"fair": the stand is open`) {
		t.Errorf("it is frozen by %+v", freeze)
	}
	h.ask(e, promotion.Command{Run: id, Verb: promotion.VerbOverride, Environment: "qa", Reason: "urgent"})
	h.gate(e, id, promotion.GateApproval)
	run, _ := e.Run(id)
	approve := promotion.Command{Run: id, Verb: promotion.VerbApprove, Actor: "ada", Environment: "prod", Digest: run.Release.Image}
	refusedWith(t, e.Command(t.Context(), approve), "ada wrote or started it")
	approve.Actor = "grace"
	h.ask(e, approve)
	if run := h.end(e, id); run.Outcome != promotion.Succeeded {
		t.Errorf("the run %q", run.Outcome)
	}
}

func TestAGateOpensByItselfWhenItsTimeHasCome(t *testing.T) {
	h := newHome(t)
	h.rewrite(`name = "dev"`, "name = \"dev\"\nsoak = \"50ms\"")
	e := h.open()
	if run := h.end(e, h.start(e, engine.StartRequest{})); run.Outcome != promotion.Succeeded {
		t.Errorf("the run %q", run.Outcome)
	} else if qa, _ := run.Column("qa"); qa.Stages[0].Attempts[0].Started.Sub(run.Columns[1].Deployed.Since) < 50*time.Millisecond {
		t.Error("it did not soak")
	}
}
