package attach

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/audit"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// pulse is how often whoever looks on is told that the engine is there, though nothing happens.
const pulse = time.Second

// handover is the event by which whoever looks on is told that another engine follows.
const handover = "handover"

func (h *host) routes(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathAbout, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, h.serving.About) })
	mux.HandleFunc("GET "+pathWatch, func(w http.ResponseWriter, r *http.Request) { h.watch(ctx, w, r) })
	mux.HandleFunc("POST "+pathStart, asked(h, started(func(ctx context.Context, r engine.StartRequest) (promotion.RunID, error) {
		r.Trigger = "operator" // whoever asks is one; merges are seen by the engine itself
		return h.Start(ctx, r)
	})))
	mux.HandleFunc("POST "+pathRerun, asked(h, started(h.Rerun)))
	mux.HandleFunc("POST "+pathReprovision, asked(h, started(h.Reprovision)))
	mux.HandleFunc("POST "+pathRollback, asked(h, started(h.RollBack)))
	mux.HandleFunc("POST "+pathSlot, asked(h, func(ctx context.Context, r engine.SlotRequest) (answer, error) {
		slots, err := h.CommandSlot(ctx, r)
		return answer{Slots: slots}, err
	}))
	mux.HandleFunc("POST "+pathCommand, asked(h, func(ctx context.Context, o order) (answer, error) {
		c, err := o.command()
		if err != nil {
			return answer{}, err
		}
		return answer{}, h.Command(ctx, c)
	}))
	mux.HandleFunc("POST "+pathLeave, h.dismissed)
	return sameAPI(mux)
}

// header is where a request says which API it speaks.
const header = "Gantry-API"

// sameAPI refuses whoever speaks another version, before anything is guessed.
func sameAPI(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if spoken := r.Header.Get(header); r.URL.Path != pathAbout && spoken != fmt.Sprint(API) {
			writeJSON(w, http.StatusUpgradeRequired, problem{Why: fmt.Sprintf("this engine speaks version %d of the API, and was asked in version %q", API, spoken)})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// started is a request that starts a run.
func started[R any](start func(context.Context, R) (promotion.RunID, error)) func(context.Context, R) (answer, error) {
	return func(ctx context.Context, r R) (answer, error) {
		id, err := start(ctx, r)
		return answer{Run: id}, err
	}
}

// asked answers a request that changes something. Whoever asked may go: what was begun is done.
func asked[R any](h *host, do func(context.Context, R) (answer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !h.enters() {
			writeJSON(w, http.StatusServiceUnavailable, problem{Why: "this engine is about to end: ask the next one"})
			return
		}
		defer h.left()
		var request R
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&request); err != nil {
			writeJSON(w, http.StatusBadRequest, problem{Why: fmt.Sprintf("the request cannot be understood: %v", err)})
			return
		}
		done, err := do(context.WithoutCancel(r.Context()), request)
		if err != nil {
			said, status := problemOf(err)
			writeJSON(w, status, said)
			return
		}
		writeJSON(w, http.StatusOK, done)
	}
}

// watch sends moments as server-sent events, the newest whenever something has changed; a slow reader misses some in
// between, never the last.
func (h *host) watch(goodbye context.Context, w http.ResponseWriter, r *http.Request) {
	if !h.enters() { // so that it does not leave before it knows that somebody looks on
		writeJSON(w, http.StatusServiceUnavailable, problem{Why: "this engine is about to end: look at the next one"})
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(w)
	asked := r.URL.Query()
	defer h.join(Caller{Operator: asked.Get("operator"), Program: asked.Get("program"), Wants: Wants(asked.Get("wants"))})()
	h.left()
	alive := time.NewTicker(pulse)
	defer alive.Stop()
	snapshots := h.Watch(ctx)
	for {
		err := error(nil)
		select {
		case s, open := <-snapshots:
			if !open {
				return
			}
			text, failed := json.Marshal(momentOf(s))
			if err = failed; err == nil {
				_, err = fmt.Fprintf(w, "id: %d\ndata: %s\n\n", s.Seq, text)
			}
		case now := <-alive.C:
			if now.Sub(h.Heard()) > pulse { // it gives no sign of life, and nobody gives one for it
				continue
			}
			_, err = fmt.Fprint(w, ": alive\n\n")
		case <-goodbye.Done():
			if h.follows() {
				_, _ = fmt.Fprintf(w, "event: %s\ndata: {}\n\n", handover)
			}
			return
		}
		if errors.Join(err, out.Flush()) != nil {
			return
		}
	}
}

// dismissal asks the engine to leave.
type dismissal struct {
	How      Departure      `json:"how"`
	For      promotion.Verb `json:"for,omitempty"` // what somebody cannot do beside an engine, where that stands in the audit
	Operator string         `json:"operator,omitempty"`
}

// dismissed answers whoever wants the engine to leave, before it does.
func (h *host) dismissed(w http.ResponseWriter, r *http.Request) {
	var d dismissal
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&d)
	if err == nil && !slices.Contains([]Departure{WhenIdle, Drained, AtOnce, Succeeded}, d.How) {
		err = fmt.Errorf("there is no way to leave that is called %q", d.How)
	}
	if err == nil && d.For != "" && d.For != audit.Collect {
		err = fmt.Errorf("%q is nothing that an engine is asked to leave for", d.For)
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, problem{Why: fmt.Sprintf("the request cannot be understood: %v", err)})
		return
	}
	if why := h.departs(d.How); why != "" {
		if d.For != "" {
			_ = h.Refuse(promotion.Command{Verb: d.For, Actor: d.Operator}, &promotion.Refusal{Verb: d.For, Why: why})
		}
		writeJSON(w, http.StatusUnprocessableEntity, problem{Why: why})
		return
	}
	writeJSON(w, http.StatusOK, answer{})
}
