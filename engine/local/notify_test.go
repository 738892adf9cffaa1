package local

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/notify"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// hooked is a home whose runs are told to a webhook; answer is called before each answer.
func hooked(t *testing.T, answer func()) (*home, chan notify.Message) {
	t.Helper()
	got := make(chan notify.Message, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m notify.Message
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		answer()
		got <- m
	}))
	t.Cleanup(server.Close)
	h := newHome(t)
	h.rewrite("[[service]]", fmt.Sprintf("[[notify]]\nname = \"chat\"\nwebhook = %q\n\n[[service]]", server.URL))
	return h, got
}

func TestAReceiverThatDoesNotAnswerDelaysNoRun(t *testing.T) {
	leave := make(chan struct{})
	h, got := hooked(t, func() { <-leave })
	e := h.open()
	for range 3 { // each ends while nobody has answered for the first
		if run := h.end(e, h.start(e, engine.StartRequest{})); run.Outcome != promotion.Succeeded {
			t.Fatalf("the run ended %q", run.Outcome)
		}
	}
	close(leave)
	for want := promotion.RunID(1); want <= 3; want++ {
		if m := <-got; m.Run != want || m.News != "succeeded" {
			t.Errorf("told was %s of run %d, want run %d", m.News, m.Run, want)
		}
	}
}

func TestTheEndOfARollbackIsToldWithItsPromotion(t *testing.T) {
	h, got := hooked(t, func() {})
	h.world.when("qa/e2e", failing)
	e := h.open()
	run := h.end(e, h.start(e, engine.StartRequest{}))
	m := <-got
	if m.Run != run.ID || m.News != "failed" || m.Outcome != promotion.RolledBack || len(m.Rollbacks) != 2 || m.Rollbacks[0].Outcome != promotion.RolledBack {
		t.Errorf("told was %+v", m)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case m := <-got:
		t.Errorf("told was also %+v", m)
	default:
	}
}

func TestTheLastRunIsToldBeforeTheEngineEnds(t *testing.T) {
	h, got := hooked(t, func() {})
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{}))
	if err := e.Close(); err != nil { // at once, as a command does
		t.Fatal(err)
	}
	select {
	case m := <-got:
		if m.Run != 1 {
			t.Errorf("told was %+v", m)
		}
	default:
		t.Error("the engine ended and told nobody")
	}
}

func TestTheAuditAndTheNumbersOfAJournal(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{}))
	if _, err := e.CommandSlot(t.Context(), engine.SlotRequest{Verb: promotion.VerbHold, Service: "inventory", Environment: "qa", Actor: "ada", Reason: "stocktaking"}); err != nil {
		t.Fatal(err)
	}
	look := func(e *Engine) {
		t.Helper()
		entries, err := e.Audit(t.Context())
		if err != nil || len(entries) == 0 {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		if first := entries[0]; first.What != promotion.VerbStart || first.Run != 1 || !strings.HasPrefix(first.Result, "succeeded") {
			t.Errorf("the start is told as %+v", first)
		}
		if last := entries[len(entries)-1]; last.What != promotion.VerbHold || last.Who != "ada" || last.Environment != "qa" {
			t.Errorf("the hold is told as %+v", last)
		}
		n, err := e.Numbers(t.Context(), 24*time.Hour)
		if err != nil || n.Last != "prod" || len(n.Services) != 1 || n.Services[0].Figures[0].N != 1 {
			t.Errorf("the numbers are %+v, %v", n, err)
		}
	}
	look(e)
	look(e) // asked again it goes on where it was
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := Read(t.Context(), h.options())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	look(reader)
}
