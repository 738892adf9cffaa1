package notify

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a journal in memory, a clock that jumps to whatever is waited for, and what operators were told.
type world struct {
	t       *testing.T
	dir     string
	mu      sync.Mutex
	ledger  *promotion.Ledger
	events  []promotion.Event
	now     time.Time
	waited  []time.Duration
	notices []string
	targets []config.Notify
}

func newWorld(t *testing.T, targets ...config.Notify) *world {
	return &world{t: t, dir: t.TempDir(), ledger: promotion.NewLedger(), now: noon, targets: targets}
}

func (w *world) After(_ context.Context, seq int64, n int) ([]promotion.Event, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	after := slices.Clone(w.events[min(int(seq), len(w.events)):])
	return after[:min(n, len(after))], nil
}

func (w *world) Events(_ context.Context, run promotion.RunID) ([]promotion.Event, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.events), func(e promotion.Event) bool { return e.Run != run }), nil
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// after lets the time pass at once.
func (w *world) after(d time.Duration) <-chan time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
	w.waited = append(w.waited, d)
	c := make(chan time.Time, 1)
	c <- w.now
	return c
}

func (w *world) do(c promotion.Command) {
	w.t.Helper()
	if c.Actor == "" {
		c.Actor = "gantry"
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(time.Second)
	events, err := w.ledger.Decide(c, w.now)
	if err != nil {
		w.t.Fatalf("%s: %v", c.Verb, err)
	}
	for _, e := range events {
		e.Seq = int64(len(w.events)) + 1
		w.events = append(w.events, e)
		w.ledger.Apply(e)
	}
}

// begin starts a run of one stage and lets it work.
func (w *world) begin(run promotion.RunID, change func(*promotion.Plan)) {
	w.t.Helper()
	plan := promotion.Plan{Kind: promotion.Promotion, Service: "orders", Team: "checkout", Trigger: "operator",
		Source:  promotion.Source{Version: "1.8.0", Commit: "3f9c1e2a", Author: "Ada"},
		Columns: []promotion.Column{{Name: "build", Stages: []promotion.Stage{{ID: "build/build", Kind: promotion.KindBuild}}}}}
	if change != nil {
		change(&plan)
	}
	w.do(promotion.Command{Run: run, Verb: promotion.VerbStart, Plan: &plan, Actor: "ada"})
	w.do(promotion.Command{Run: run, Verb: promotion.VerbBegin, Stage: "build/build"})
}

func (w *world) end(run promotion.RunID, verb promotion.Verb) {
	w.t.Helper()
	state, _ := w.ledger.Run(run).Stage("build/build")
	w.do(promotion.Command{Run: run, Verb: verb, Stage: "build/build", Attempt: state.Last().N, Reason: "as the test says"})
}

func (w *world) fails(run promotion.RunID) {
	w.t.Helper()
	w.begin(run, nil)
	w.end(run, promotion.VerbReportFailure)
}

func (w *world) start() *Notifier {
	return Start(Options{State: w.dir, Journal: w, Now: w.clock, After: w.after,
		Head: func() int64 { w.mu.Lock(); defer w.mu.Unlock(); return int64(len(w.events)) },
		Pipeline: func() config.Pipeline {
			w.mu.Lock()
			defer w.mu.Unlock()
			return config.Pipeline{Root: w.dir, Notify: slices.Clone(w.targets)}
		},
		Tell: func(text string, _ bool) { w.mu.Lock(); defer w.mu.Unlock(); w.notices = append(w.notices, text) },
	})
}

func (w *world) told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.notices)
}

// delivery is one request that a receiver got.
type delivery struct {
	Message
	header http.Header
	body   []byte
}

// receiver is a real server on loopback that answers as the test says.
type receiver struct {
	*httptest.Server
	got chan delivery
}

func receive(t *testing.T, answer func(n int, w http.ResponseWriter)) *receiver {
	t.Helper()
	r := &receiver{got: make(chan delivery, 100)}
	n := 0
	var mu sync.Mutex
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		d := delivery{header: request.Header, body: body}
		if err != nil || json.Unmarshal(body, &d.Message) != nil || request.Method != http.MethodPost {
			t.Errorf("%s %q, %v", request.Method, body, err)
		}
		mu.Lock()
		n++
		now := n
		mu.Unlock()
		if answer != nil {
			answer(now, w)
		}
		r.got <- d
	}))
	t.Cleanup(r.Close)
	return r
}

// next waits for one delivery.
func (r *receiver) next(t *testing.T) delivery {
	t.Helper()
	select {
	case d := <-r.got:
		return d
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was delivered")
	}
	return delivery{}
}

func (r *receiver) nothing(t *testing.T) {
	t.Helper()
	select {
	case d := <-r.got:
		t.Errorf("delivered was %s", d.body)
	default:
	}
}
