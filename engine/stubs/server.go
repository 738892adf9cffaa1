package stubs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine/stubs/wiremock"
)

const (
	// maxUnmatched bounds how many unmatched requests a server remembers.
	maxUnmatched = 1000
	// maxRequest bounds the body that a stub server reads, in bytes.
	maxRequest = 16 << 20
)

// Server answers requests from a bundle, on loopback.
type Server struct {
	service string
	set     wiremock.Set
	server  *http.Server
	url     string
	served  chan struct{}
	failed  error // why serving ended early; read after served is closed

	mu        sync.Mutex
	hits      map[string]int
	unmatched []Unmatched
}

// Serve answers from a bundle at 127.0.0.1:port; port 0 takes a free one. A bundle with a mapping that Gantry does not
// know in full is refused (*Refusal).
func Serve(b Bundle, port int) (*Server, error) {
	set, err := b.Stubs()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, fmt.Errorf("serve the stubs of %s: %w", b.Manifest.Service, err)
	}
	s := &Server{
		service: b.Manifest.Service, set: set, url: "http://" + listener.Addr().String(),
		served: make(chan struct{}), hits: map[string]int{},
	}
	for _, stub := range set {
		s.hits[stub.File] = 0
	}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 30 * time.Second}
	go func() {
		defer close(s.served)
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed = err
		}
	}()
	return s, nil
}

// URL is where the server answers: "http://127.0.0.1:40123".
func (s *Server) URL() string { return s.url }

// Close ends the server at once, with the answers under way.
func (s *Server) Close() error {
	err := s.server.Close()
	<-s.served
	return errors.Join(err, s.failed)
}

// Hits is how often each stub answered, by its file; those that never did are there with 0.
func (s *Server) Hits() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.hits)
}

// Unmatched are the requests that no stub answers, oldest first; at most 1,000 are remembered.
func (s *Server) Unmatched() []Unmatched {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unmatched)
}

// ServeHTTP answers a request from the stub that it matches, or with 404 and the closest stub beside it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, fmt.Sprintf("gantry: the request's body cannot be read: %v", err), http.StatusBadRequest)
		return
	}
	header := r.Header.Clone()
	header.Set("Host", r.Host)
	call := wiremock.NewCall(r.Method, r.RequestURI, header, body)
	stub := s.set.Find(call)
	if stub == nil {
		s.refuse(w, call)
		return
	}
	s.mu.Lock()
	s.hits[stub.File]++
	s.mu.Unlock()
	if stub.Response.Delay > 0 && !pause(r.Context(), stub.Response.Delay) {
		return
	}
	answer(w, stub.Response)
}

func answer(w http.ResponseWriter, r wiremock.Response) {
	header := w.Header()
	header["Content-Type"] = nil // a type that the stub does not name is not guessed
	for name, values := range r.Header {
		header[name] = values
	}
	w.WriteHeader(r.Status)
	_, _ = w.Write(r.Body) // the client went away, or the status has no body: nothing is left to do
}

func (s *Server) refuse(w http.ResponseWriter, call *wiremock.Call) {
	u := Unmatched{Service: s.service, Method: call.Method, Target: call.Target}
	if closest, missed := s.set.Closest(call); closest != nil {
		u.Closest, u.File, u.Mismatches = closest.Title(), closest.File, missed
	}
	s.mu.Lock()
	if len(s.unmatched) < maxUnmatched {
		s.unmatched = append(s.unmatched, u)
	}
	s.mu.Unlock()
	http.Error(w, u.SideBySide(), http.StatusNotFound)
}

// pause waits; false when the client left first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
