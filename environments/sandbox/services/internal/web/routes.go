package web

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
)

// Route is one operation of an API. Its handler returns a *Problem for an answer that is meant for the client; any
// other error is logged and answered with a plain 500.
type Route struct {
	Method string
	Path   string // as http.ServeMux has it: "/items/{sku}"
	Handle func(w http.ResponseWriter, r *http.Request) error
}

// Handler serves the routes, hardened. What is not a route is answered in JSON too.
func Handler(routes []Route, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, route := range routes {
		mux.Handle(route.Method+" "+route.Path, handle(route.Handle, log))
		methods[route.Path] = append(methods[route.Path], route.Method)
	}
	for path, allowed := range methods {
		slices.Sort(allowed)
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			writeProblem(w, notAllowed(allowed))
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, NotFound("no_such_resource", "There is nothing at this path."))
	})
	return logged(log, recovered(log, hardened(mux)))
}

func handle(h func(http.ResponseWriter, *http.Request) error, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		problem, internal := problemOf(err)
		if internal && r.Context().Err() == nil {
			log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err.Error())
		}
		writeProblem(w, problem)
	})
}
