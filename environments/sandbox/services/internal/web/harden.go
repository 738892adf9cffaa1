package web

import (
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"time"
)

// security are the headers of every response: nothing of a JSON API is to be rendered, framed, sniffed or cached.
var security = map[string]string{
	"X-Content-Type-Options":       "nosniff",
	"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
	"Cache-Control":                "no-store",
	"Referrer-Policy":              "no-referrer",
	"X-Frame-Options":              "DENY",
	"Cross-Origin-Resource-Policy": "same-origin",
}

// hardened sets the security headers, limits the body, and refuses a path that is not written plainly before the
// router could redirect it.
func hardened(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range security {
			w.Header().Set(name, value)
		}
		if escaped := r.URL.EscapedPath(); path.Clean("/"+escaped) != escaped {
			writeProblem(w, NotFound("no_such_resource", "There is nothing at this path."))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
		next.ServeHTTP(w, r)
	})
}

// recovered answers a panic like any other internal error, and keeps its stack for the log.
func recovered(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if cause := recover(); cause != nil {
				log.Error("panic", "method", r.Method, "path", r.URL.Path, "cause", cause, "stack", string(debug.Stack()))
				problem, _ := problemOf(nil)
				writeProblem(w, problem)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// logged writes one line per request; a healthy answer to a health check is no news.
func logged(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		seen := &status{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(seen, r)
		if r.URL.Path == healthPath && seen.code == http.StatusOK {
			return
		}
		log.Info("request", "method", r.Method, "path", r.URL.Path, "status", seen.code, "ms", time.Since(began).Milliseconds())
	})
}

// status remembers the answer's code.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }
