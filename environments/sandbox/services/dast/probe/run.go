package probe

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/gantry-cd/gantry/environments/sandbox/services/dast/contract"
)

// Result is what a probe found, and how much it asked.
type Result struct {
	Findings []Finding
	Requests int
}

// Run probes every operation of a contract at a base URL. An error means that there is no verdict.
func Run(ctx context.Context, base string, operations []contract.Operation) (Result, error) {
	s := newSession(base)
	probes := []func(*session, context.Context, contract.Operation) error{
		(*session).headers, (*session).bodies, (*session).sizes, (*session).traversal, (*session).injection,
	}
	for _, o := range operations {
		for _, probe := range probes {
			if err := probe(s, ctx, o); err != nil {
				return Result{}, err
			}
		}
	}
	if err := s.methods(ctx, operations); err != nil {
		return Result{}, err
	}
	if err := s.elsewhere(ctx); err != nil {
		return Result{}, err
	}
	if err := s.alive(ctx, operations[0]); err != nil {
		return Result{}, err
	}
	slices.SortFunc(s.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule.ID, b.Rule.ID), cmp.Compare(a.Message, b.Message))
	})
	return Result{Findings: s.findings, Requests: s.sent}, nil
}

// required are the headers of every answer, and what they must say; "" accepts any value.
var required = map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "", "Cache-Control": ""}

func (s *session) hardened(r request, a answer) {
	if a.cut {
		return
	}
	for name, want := range required {
		if got := a.header.Get(name); got == "" || want != "" && got != want {
			s.add(MissingHeader, r.operation, fmt.Sprintf("%s, the answer (%d) has %s: %q", r.what, a.status, name, got))
		}
	}
}

// headers asks as documented: even the best request must be answered with the security headers.
func (s *session) headers(ctx context.Context, o contract.Operation) error {
	r := request{operation: o, what: "asked as documented", body: encoded(o.Body)}
	a, err := s.send(ctx, r)
	s.hardened(r, a)
	return err
}

// elsewhere asks for what is not there.
func (s *session) elsewhere(ctx context.Context) error {
	o := contract.Operation{Method: http.MethodGet, Path: "/no/such/resource"}
	r := request{operation: o, what: "asked for what is not there", hostile: true}
	a, err := s.send(ctx, r)
	s.hardened(r, a)
	return err
}

// methods tries, on every path, what the contract does not document.
func (s *session) methods(ctx context.Context, operations []contract.Operation) error {
	documented := map[string]map[string]bool{}
	for _, o := range operations {
		if documented[o.Path] == nil {
			documented[o.Path] = map[string]bool{}
		}
		documented[o.Path][o.Method] = true
	}
	for _, o := range operations {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodTrace, "PROPFIND"} {
			if documented[o.Path][method] {
				continue
			}
			documented[o.Path][method] = true // once for each path
			r := request{operation: o, what: "asked with the method " + method, method: method, hostile: true}
			a, err := s.send(ctx, r)
			if err != nil {
				return err
			}
			s.hardened(r, a)
			if a.accepted() {
				s.add(OddMethod, o, fmt.Sprintf("the undocumented method %s is answered with %d", method, a.status))
			}
		}
	}
	return nil
}

// alive asks the first operation once more: after all that, the service must still be there.
func (s *session) alive(ctx context.Context, o contract.Operation) error {
	a, err := s.send(ctx, request{operation: o, what: "after the probe", body: encoded(o.Body)})
	if err == nil && (a.cut || a.status >= 500) {
		s.add(Down, o, fmt.Sprintf("after %d requests the service does not answer (status %d)", s.sent, a.status))
	}
	return err
}

// with is an example body with one field replaced.
func with(body map[string]any, field string, value any) map[string]any {
	changed := maps.Clone(body)
	changed[field] = value
	return changed
}

func encoded(body map[string]any) string {
	if body == nil {
		return ""
	}
	text, _ := json.Marshal(body) // checked when the contract was read
	return string(text)
}
