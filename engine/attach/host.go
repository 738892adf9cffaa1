package attach

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// farewell is how long requests under way may take to end when the engine closes.
const farewell = 2 * time.Second

// pulse is how often whoever looks on is told that the engine is there, though nothing happens.
const pulse = time.Second

// host is an engine that others attach to.
type host struct {
	Holder
	say    func(string) // tells who is at this process
	about  About
	who    *register
	leave  func() // takes the engine's own front end out of the register
	server *http.Server
	served chan struct{} // closed when nobody is served any more
}

// Host lets others attach to an engine, until it is closed; own is the front end in this process. The caller holds the
// lock of the state directory.
func Host(e Holder, state string, about About, own Caller, say func(string)) (Engine, error) {
	listener, err := listen(state)
	if err != nil {
		return nil, fmt.Errorf("let others attach to the engine of %s: %w", state, err)
	}
	ctx, goodbye := context.WithCancel(context.Background())
	about.API = API
	h := &host{Holder: e, say: say, about: about, who: newRegister(), served: make(chan struct{})}
	h.leave = h.who.join(own)
	h.server = &http.Server{Handler: h.routes(ctx), ReadHeaderTimeout: 5 * time.Second}
	h.server.RegisterOnShutdown(goodbye) // when nobody can come any more
	go func() {
		defer close(h.served)
		_ = h.server.Serve(listener) // ends with Close, and says so
	}()
	return h, nil
}

// Close says goodbye to everybody who is attached, and closes the engine. While others look on it first lets the stages
// under way come to their end: one of them goes on from there.
func (h *host) Close() error {
	h.leave()
	if others := h.who.names(); len(others) > 0 {
		h.say(fmt.Sprintf("%s goes on as soon as the stages under way have ended; ctrl+c leaves at once", strings.Join(others, " or ")))
		_ = h.Drain(context.Background())
	}
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if h.server.Shutdown(ctx) != nil {
		_ = h.server.Close()
	}
	<-h.served
	return h.Holder.Close()
}

// Watch delivers the engine's snapshots, with who is present.
func (h *host) Watch(ctx context.Context) <-chan engine.Snapshot {
	return h.who.over(ctx, h.Holder.Watch(ctx))
}

// Heard is when the engine last gave a sign of life.
func (h *host) Heard() time.Time { return heard(h.Holder) }

// heard asks an engine for its last sign of life; one that gives none counts as always there.
func heard(e Engine) time.Time {
	if h, tells := e.(engine.Heard); tells {
		return h.Heard()
	}
	return time.Now()
}

func (h *host) routes(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathAbout, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, h.about) })
	mux.HandleFunc("GET "+pathWatch, func(w http.ResponseWriter, r *http.Request) { h.watch(ctx, w, r) })
	mux.HandleFunc("POST "+pathStart, asked(started(func(ctx context.Context, r engine.StartRequest) (promotion.RunID, error) {
		r.Trigger = "operator" // whoever asks is one; merges are seen by the engine itself
		return h.Start(ctx, r)
	})))
	mux.HandleFunc("POST "+pathRerun, asked(started(h.Rerun)))
	mux.HandleFunc("POST "+pathReprovision, asked(started(h.Reprovision)))
	mux.HandleFunc("POST "+pathRollback, asked(started(h.RollBack)))
	mux.HandleFunc("POST "+pathSlot, asked(func(ctx context.Context, r engine.SlotRequest) (answer, error) {
		slots, err := h.CommandSlot(ctx, r)
		return answer{Slots: slots}, err
	}))
	mux.HandleFunc("POST "+pathCommand, asked(func(ctx context.Context, o order) (answer, error) {
		c, err := o.command()
		if err != nil {
			return answer{}, err
		}
		return answer{}, h.Command(ctx, c)
	}))
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
func asked[R any](do func(context.Context, R) (answer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
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
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(goodbye, cancel)()
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(w)
	defer h.who.join(Caller{Operator: r.URL.Query().Get("operator"), Program: r.URL.Query().Get("program")})()
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
		}
		if errors.Join(err, out.Flush()) != nil {
			return
		}
	}
}
