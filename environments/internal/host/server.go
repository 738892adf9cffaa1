package host

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/environments/internal/control"
)

// handler is the control API. Who does not know the token learns nothing.
func (h *Host) handler(self control.Address) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+control.PathHello, reply(func(context.Context, struct{}) (control.Hello, error) {
		return control.Hello{Protocol: self.Protocol, Name: self.Name, PID: self.Process.PID}, nil
	}))
	mux.HandleFunc("POST "+control.PathConfigure, reply(h.Configure))
	mux.HandleFunc("POST "+control.PathRepository, reply(func(_ context.Context, r control.SlotRequest) (control.Repository, error) {
		return h.Repository(r.Slot, r.What)
	}))
	mux.HandleFunc("POST "+control.PathDown, func(w http.ResponseWriter, r *http.Request) {
		defer h.end()
		reply(func(ctx context.Context, _ struct{}) (control.Down, error) { return h.Down(ctx) })(w, r)
	})
	if !h.options.Artifacts {
		h.deployments(mux)
	}
	return authorized(self.Token, mux)
}

// deployments are what only an environment can be asked.
func (h *Host) deployments(mux *http.ServeMux) {
	mux.HandleFunc("POST "+control.PathEndpoint, reply(onSlot(h, func(_ context.Context, s *slot, _ control.SlotRequest) (control.Endpoint, error) {
		return control.Endpoint{URL: s.address().URL()}, nil
	})))
	mux.HandleFunc("POST "+control.PathLive, reply(onSlot(h, func(ctx context.Context, s *slot, _ control.SlotRequest) (control.Live, error) {
		live, err := s.look(ctx)
		return control.Live{Live: live}, err
	})))
	mux.HandleFunc("POST "+control.PathEvidence, reply(onSlot(h, func(ctx context.Context, s *slot, r control.SlotRequest) (engine.Evidence, error) {
		return s.evidence(ctx, r.Since), nil
	})))
	mux.HandleFunc("POST "+control.PathDeploy, stream(h, h.Deploy))
	mux.HandleFunc("POST "+control.PathMigrate, stream(h, func(ctx context.Context, m engine.Migration, log io.Writer) (*engine.Live, error) {
		return nil, h.Migrate(ctx, m, log)
	}))
	mux.HandleFunc("POST "+control.PathStop, stream(h, func(ctx context.Context, r control.SlotRequest, log io.Writer) (*engine.Live, error) {
		s, err := h.find(r.Slot)
		if err != nil {
			return nil, err
		}
		return nil, h.Stop(ctx, s, log)
	}))
	mux.HandleFunc("POST "+control.PathRemove, stream(h, func(ctx context.Context, r control.SlotRequest, log io.Writer) (*engine.Live, error) {
		return nil, h.Remove(ctx, r.Slot, log)
	}))
}

func authorized(token string, next http.Handler) http.Handler {
	want := []byte("Bearer " + token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			http.Error(w, "the host answers its own clients only", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func onSlot[Out any](h *Host, ask func(context.Context, *slot, control.SlotRequest) (Out, error)) func(context.Context, control.SlotRequest) (Out, error) {
	return func(ctx context.Context, r control.SlotRequest) (Out, error) {
		s, err := h.find(r.Slot)
		if err != nil {
			var none Out
			return none, err
		}
		return ask(ctx, s, r)
	}
}

// maxQuestion bounds what a client may send.
const maxQuestion = 16 << 20

// question reads the whole body: only then does net/http notice when the client goes away.
func question[In any](w http.ResponseWriter, r *http.Request) (In, bool) {
	var in In
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuestion))
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	if err != nil {
		tell(w, http.StatusBadRequest, fmt.Errorf("read the question: %w", err))
	}
	return in, err == nil
}

func tell(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(control.ProblemOf(err))
}

// reply serves a question that is answered at once.
func reply[In, Out any](ask func(context.Context, In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		in, ok := question[In](w, r)
		if !ok {
			return
		}
		out, err := ask(r.Context(), in)
		if err != nil {
			tell(w, http.StatusConflict, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out)
	}
}

// stream serves work that takes its time: its log line by line, then how it ended. It is given up when the client goes.
func stream[In any](h *Host, work func(context.Context, In, io.Writer) (*engine.Live, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		in, ok := question[In](w, r)
		if !ok {
			return
		}
		w.Header().Set("Content-Type", "application/x-ndjson")
		out := &lines{redact: h.redact, encoder: json.NewEncoder(w), flush: http.NewResponseController(w).Flush}
		live, err := work(r.Context(), in, out)
		out.end(control.Message{Done: true, Live: live, Problem: control.ProblemOf(err)})
	}
}

// maxLine bounds how much of an unfinished line is held back.
const maxLine = 64 << 10

// lines sends whole lines, redacted. A client that went away stops nothing by itself: its context does.
type lines struct {
	redact  func(string) string
	flush   func() error
	mu      sync.Mutex
	encoder *json.Encoder
	rest    []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	whole := bytes.LastIndexByte(l.rest, '\n') + 1
	if whole == 0 && len(l.rest) > maxLine {
		whole = len(l.rest)
	}
	if whole > 0 {
		l.send(control.Message{Log: []byte(l.redact(string(l.rest[:whole])))})
		l.rest = bytes.Clone(l.rest[whole:])
	}
	return len(p), nil
}

func (l *lines) end(last control.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rest) > 0 {
		l.send(control.Message{Log: []byte(l.redact(string(l.rest)) + "\n")})
	}
	l.send(last)
}

func (l *lines) send(m control.Message) {
	_ = l.encoder.Encode(m)
	_ = l.flush()
}
