package probe_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox/services/dast/contract"
	"github.com/gantry-cd/gantry/environments/sandbox/services/dast/probe"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/inventorytest"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/orderstest"
)

// things is a contract of two operations.
var things = []contract.Operation{
	{Method: http.MethodPost, Path: "/things", Line: 3, Body: map[string]any{"name": "a", "count": 1}},
	{Method: http.MethodGet, Path: "/things/{id}", Line: 9, Parameters: []contract.Parameter{{Name: "id", In: "path", Example: "t-1"}}},
}

// careful answers as a service should.
func careful(w http.ResponseWriter, r *http.Request) {
	for name, value := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store", "Content-Type": "application/json"} {
		w.Header().Set(name, value)
	}
	body, _ := io.ReadAll(r.Body)
	switch {
	case len(r.Header.Get("X-Large")) > 0:
		w.WriteHeader(http.StatusRequestHeaderFieldsTooLarge)
	case r.Method == http.MethodPost && r.URL.Path == "/things" && r.Header.Get("Content-Type") == "application/json" && string(body) == `{"count":1,"name":"a"}`:
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodGet && r.URL.Path == "/things/t-1":
		fmt.Fprint(w, `{"id":"t-1"}`)
	default:
		w.WriteHeader(http.StatusBadRequest)
	}
}

// run probes a handler, and tells the names of the rules that were broken.
func run(t *testing.T, handler http.HandlerFunc) (names []string, findings []probe.Finding) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	result, err := probe.Run(context.Background(), server.URL, things)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Findings {
		if !slices.Contains(names, f.Rule.Name) {
			names = append(names, f.Rule.Name)
		}
	}
	return names, result.Findings
}

func TestACarefulServiceHasNoFindings(t *testing.T) {
	if names, findings := run(t, careful); len(names) > 0 {
		t.Errorf("found %+v", findings)
	}
}

func TestEachCarelessnessIsFoundForWhatItIs(t *testing.T) {
	for name, c := range map[string]struct {
		rule    probe.Rule
		handler http.HandlerFunc
	}{
		"a header is missing": {probe.MissingHeader, func(w http.ResponseWriter, r *http.Request) {
			careful(without{w, "Content-Security-Policy"}, r)
		}},
		"an error names its source": {probe.Leak, func(w http.ResponseWriter, r *http.Request) {
			careful(w, r)
			if r.Method == http.MethodPut {
				fmt.Fprint(w, "panic at /srv/app/handler.go:42")
			}
		}},
		"an error is an SQL error": {probe.Leak, func(w http.ResponseWriter, r *http.Request) {
			careful(w, r)
			if strings.Contains(r.URL.Path, "'") {
				fmt.Fprint(w, `{"error":"SQL logic error: near OR"}`)
			}
		}},
		"odd input reaches the code": {probe.ServerError, func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "\x00") {
				w = failing{w}
			}
			careful(w, r)
		}},
		"a field nobody knows is taken": {probe.LaxInput, func(w http.ResponseWriter, r *http.Request) {
			accept(w, r, func(body string) bool { return strings.Contains(body, "dast_unknown") })
		}},
		"a body without end is taken": {probe.LargeBody, func(w http.ResponseWriter, r *http.Request) {
			accept(w, r, func(body string) bool { return len(body) > 1<<20 })
		}},
		"a header without end is taken": {probe.LargeHeader, func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("X-Large")
			careful(w, r)
		}},
		"a path climbs": {probe.Traversal, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "etc/passwd") {
				r.Method, r.URL.Path = http.MethodGet, "/things/t-1"
			}
			careful(w, r)
		}},
		"a method nobody documented works": {probe.OddMethod, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPatch {
				r.Method, r.URL.Path = http.MethodGet, "/things/t-1"
			}
			careful(w, r)
		}},
		"an id becomes a condition": {probe.Injection, func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "'1'='1") {
				r.URL.Path = "/things/t-1"
			}
			careful(w, r)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if names, findings := run(t, c.handler); !slices.Equal(names, []string{c.rule.Name}) {
				t.Errorf("found %v, want %s alone: %+v", names, c.rule.Name, findings)
			}
		})
	}
}

func TestAServiceThatDiesIsFound(t *testing.T) {
	var died atomic.Bool
	names, _ := run(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "passwd") {
			died.Store(true)
		}
		if died.Load() {
			panic(http.ErrAbortHandler)
		}
		careful(w, r)
	})
	if !slices.Equal(names, []string{probe.Down.Name}) {
		t.Errorf("found %v", names)
	}
}

func TestIntegrationTheSampleServicesHaveNoFindings(t *testing.T) {
	at := inventorytest.Start(t)
	for file, base := range map[string]string{"../../inventory/openapi.yaml": at, "../../orders/openapi.yaml": orderstest.Start(t, at)} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		operations, err := contract.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		result, err := probe.Run(context.Background(), base, operations)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range result.Findings {
			t.Errorf("%s:%d: %s: %s: %s", file, f.Line, f.Rule.Name, f.Operation, f.Message)
		}
	}
}

// accept is careful, but takes a POST whose body gets through.
func accept(w http.ResponseWriter, r *http.Request, through func(body string) bool) {
	body, _ := io.ReadAll(r.Body)
	if r.Method == http.MethodPost && through(string(body)) {
		body = []byte(`{"count":1,"name":"a"}`)
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	careful(w, r)
}

// without drops a header from every answer.
type without struct {
	http.ResponseWriter
	name string
}

func (w without) WriteHeader(code int) {
	w.Header().Del(w.name)
	w.ResponseWriter.WriteHeader(code)
}

func (w without) Write(b []byte) (int, error) {
	w.Header().Del(w.name)
	return w.ResponseWriter.Write(b)
}

// failing answers every request with a 500.
type failing struct{ http.ResponseWriter }

func (f failing) WriteHeader(int) { f.ResponseWriter.WriteHeader(http.StatusInternalServerError) }
