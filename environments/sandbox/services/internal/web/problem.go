// Package web is the part of an HTTP JSON API that every service needs and none should write twice: strict bodies,
// machine-readable errors, security headers, limits, and a server that stops in good order.
package web

import (
	"errors"
	"net/http"
	"strings"
)

// Problem is an answer other than success. It is an error, so that a handler can return it; what it says is meant for
// the client, so it never holds anything internal.
type Problem struct {
	Status  int            `json:"-"`
	Code    string         `json:"code"` // stable, for machines
	Message string         `json:"message"`
	Details map[string]any `json:"details,omitempty"`
	Retry   string         `json:"-"` // seconds, for the header Retry-After; "" none
}

func (p *Problem) Error() string { return p.Code + ": " + p.Message }

// BadRequest is a request that can never succeed as it is.
func BadRequest(code, message string) *Problem {
	return &Problem{Status: http.StatusBadRequest, Code: code, Message: message}
}

// NotFound is a thing that does not exist.
func NotFound(code, message string) *Problem {
	return &Problem{Status: http.StatusNotFound, Code: code, Message: message}
}

// problemOf keeps a problem, and hides every other error behind one.
func problemOf(err error) (p *Problem, internal bool) {
	if errors.As(err, &p) {
		return p, false
	}
	return &Problem{Status: http.StatusInternalServerError, Code: "internal", Message: "Something went wrong here; it has been logged."}, true
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	if p.Retry != "" {
		w.Header().Set("Retry-After", p.Retry)
	}
	Write(w, p.Status, map[string]*Problem{"error": p})
}

func notAllowed(methods []string) *Problem {
	return &Problem{Status: http.StatusMethodNotAllowed, Code: "method_not_allowed",
		Message: "This resource answers to " + strings.Join(methods, ", ") + "."}
}
