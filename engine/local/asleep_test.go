package local

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// asleep is an engine that goes on with nothing before the first command.
func (h *home) asleep(now func() time.Time) *Engine {
	h.t.Helper()
	o := h.options()
	o.Asleep, o.Now = true, now
	e, err := Open(h.t.Context(), o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = e.Close() })
	return e
}

// holdsInQA lets a failure in QA wait for a person, for so long.
func (h *home) holdsInQA(hold string) {
	h.t.Helper()
	text := strings.Replace(pipeline, "name = \"qa\"\n", "name = \"qa\"\non_failure = \"hold\"\nhold_for = \""+hold+"\"\n", 1)
	if err := os.WriteFile(filepath.Join(h.dir, "config.toml"), []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func TestNothingGoesOnWhileAPersonReadsWhatARollbackWouldDo(t *testing.T) {
	h := newHome(t)
	first := h.outlived()
	deploying := make(chan struct{})
	h.world.when("qa/deploy", func(ctx context.Context, _ *stages.Job) (promotion.Result, error) {
		close(deploying)
		<-ctx.Done()
		return promotion.Result{}, ctx.Err()
	})
	id := h.start(first, engine.StartRequest{})
	<-deploying
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	h.world.when("qa/deploy", nil)
	before := h.world.history()
	e := h.asleep(nil)
	p, err := e.PreviewRollback(t.Context(), engine.RollbackRequest{Service: "inventory", Environment: "dev"})
	if err != nil || p.From == nil {
		t.Fatalf("the preview is %+v (%v)", p, err)
	}
	_, err = e.RollBack(t.Context(), engine.RollbackRequest{Service: "inventory", Environment: "dev", Seen: &engine.Seen{From: image(99)}})
	refusedWith(t, err, "is not as the preview has shown it", "look at the preview again")
	if err := e.Command(t.Context(), promotion.Command{Run: id, Verb: promotion.VerbStep, Actor: "ada"}); err != nil {
		t.Fatal(err)
	}
	run := h.wait(e, id, "paused after one stage", func(r promotion.Run) bool {
		s, _ := r.Stage("qa/deploy")
		return s.State == promotion.StateSucceeded
	})
	if after := h.world.history(); !slices.Equal(after, append(before, "1 qa/deploy 2")) || !run.Paused {
		t.Errorf("before the command came %v, after it %v", before, after)
	}
}

func TestACommandComesBeforeACountdownThatRanOutWhileNobodyWasThere(t *testing.T) {
	h := newHome(t)
	h.holdsInQA("10m")
	first := h.outlived()
	h.world.when("qa/e2e", fail)
	id := h.start(first, engine.StartRequest{})
	h.wait(first, id, "held", func(r promotion.Run) bool { return r.Held != nil })
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	h.world.when("qa/e2e", nil)
	e := h.asleep(func() time.Time { return time.Now().Add(time.Hour) })
	if err := e.Command(t.Context(), promotion.Command{Run: id, Verb: promotion.VerbRetry, Actor: "ada"}); err != nil {
		t.Fatal(err)
	}
	if run := h.end(e, id); run.Outcome != promotion.Succeeded {
		t.Errorf("retried in time, it %q: %s", run.Outcome, run.Reason)
	}
}

func TestAPreviewOfWhatThePolicyWouldDoKnowsWhatIsLeftAlone(t *testing.T) {
	h := newHome(t)
	h.holdsInQA("10m")
	e := h.open()
	h.world.when("qa/e2e", fail)
	id := h.start(e, engine.StartRequest{})
	held := h.wait(e, id, "held", func(r promotion.Run) bool { return r.Held != nil })
	if got := held.RollsBackNow(); !slices.Equal(got, []string{"qa", "dev"}) {
		t.Fatalf("it would roll back %v", got)
	}
	look := func() engine.RollbackPreview {
		t.Helper()
		p, err := e.PreviewRollback(t.Context(), engine.RollbackRequest{Service: "inventory", Environment: "dev", Run: id})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := look(); p.Refused != "" || p.Seen().From != image(1) || p.To != nil || len(p.Ends) > 0 {
		t.Errorf("in dev it would go from %+v to %+v, refused %q, and end %v", p.From, p.To, p.Refused, p.Ends)
	}
	h.end(e, h.start(e, engine.StartRequest{Until: "dev"}))
	if p := look(); !strings.Contains(p.Refused, "has moved on and is left alone: 1.0.0") {
		t.Errorf("a newer run is live in dev, and it says %q", p.Refused)
	}
}
