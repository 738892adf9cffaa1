package stubs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/stubs"
)

// inventory is a service as a team would run it, with ids and times that differ from answer to answer.
type inventory struct {
	mu           sync.Mutex
	answered     int
	stock        map[string]any
	reservations map[string]string
	note         string
	broken       bool
}

// startInventory runs the service; the second result is where it answers.
func startInventory(t *testing.T) (*inventory, string) {
	t.Helper()
	s := &inventory{stock: map[string]any{"BOLT-1": 5, "NUT-1": 7, "ODD-1": "many"}, reservations: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /items", s.list)
	mux.HandleFunc("GET /items/{sku}", s.item)
	mux.HandleFunc("POST /reservations", s.reserve)
	mux.HandleFunc("GET /reservations/{id}", s.reservation)
	mux.HandleFunc("DELETE /reservations/{id}", s.release)
	mux.HandleFunc("/debug", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "undocumented") })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answered++
		if s.broken {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return s, server.URL
}

func (s *inventory) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *inventory) list(w http.ResponseWriter, r *http.Request) {
	items := []any{map[string]any{"sku": "BOLT-1", "stock": s.stock["BOLT-1"]}}
	if r.URL.Query().Get("limit") != "1" {
		items = append(items, map[string]any{"sku": "NUT-1", "stock": 7, "note": strings.Repeat("n", 5000)})
	}
	reply(w, 200, items)
}

func (s *inventory) item(w http.ResponseWriter, r *http.Request) {
	sku := r.PathValue("sku")
	stock, ok := s.stock[sku]
	if !ok {
		problem(w, 404, "no item "+sku)
		return
	}
	seen := time.Unix(int64(1_700_000_000+s.answered), 0).UTC().Format(time.RFC3339)
	item := map[string]any{"sku": sku, "stock": stock, "seenAt": seen}
	if s.note != "" {
		item["note"] = s.note
	}
	reply(w, 200, item)
}

func (s *inventory) reserve(w http.ResponseWriter, r *http.Request) {
	var wanted struct{ SKU string }
	if json.NewDecoder(r.Body).Decode(&wanted) != nil || wanted.SKU == "" {
		problem(w, 422, "no sku")
		return
	}
	id := fmt.Sprintf("r-%d", s.answered)
	s.reservations[id] = wanted.SKU
	w.Header().Set("Location", "/reservations/"+id)
	reply(w, 201, map[string]any{"id": id, "sku": wanted.SKU, "state": "held"})
}

func (s *inventory) reservation(w http.ResponseWriter, r *http.Request) {
	sku, ok := s.reservations[r.PathValue("id")]
	if !ok {
		problem(w, 404, "no such reservation")
		return
	}
	reply(w, 200, map[string]any{"id": r.PathValue("id"), "sku": sku, "state": "held"})
}

func (s *inventory) release(w http.ResponseWriter, r *http.Request) {
	delete(s.reservations, r.PathValue("id"))
	w.WriteHeader(204)
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func problem(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": title})
}

// answered is what a test looks at in a response.
type answered struct {
	status int
	header http.Header
	body   string
}

func send(t *testing.T, method, url, body string, headers ...string) answered {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{response.StatusCode, response.Header, string(content)}
}

// record runs a test suite against the service through a recorder, and returns what was recorded.
func record(t *testing.T, target string, suite func(url string)) []stubs.Exchange {
	t.Helper()
	recorder, err := stubs.StartRecorder(target)
	if err != nil {
		t.Fatal(err)
	}
	suite(recorder.URL())
	exchanges, err := recorder.Close()
	if err != nil {
		t.Fatal(err)
	}
	return exchanges
}

func contract(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func input(t *testing.T, exchanges []stubs.Exchange, base string) stubs.Input {
	t.Helper()
	return stubs.Input{
		Service: "inventory", Version: "1.4.2", Commit: "3f9c1e2", Image: "sha256:" + "ab",
		Contract: contract(t), Exchanges: exchanges, BaseURL: base,
	}
}

// generate makes a bundle of what a suite does with a fresh service, and expects it to be made.
func generate(t *testing.T, target string, suite func(url string)) stubs.Bundle {
	t.Helper()
	bundle, err := stubs.Generate(context.Background(), input(t, record(t, target, suite), target))
	if err != nil {
		t.Fatal(err)
	}
	return bundle
}

func serve(t *testing.T, b stubs.Bundle) *stubs.Server {
	t.Helper()
	server, err := stubs.Serve(b, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server
}
