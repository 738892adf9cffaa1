package registry

import (
	"bytes"
	"io"
	"net/http"
)

// Files is an http.RoundTripper that answers from a registry's directory while no server serves it. Nothing is made or
// changed there: it answers who reads, and refuses everybody else.
func Files(dir string, writer, reader Login) http.RoundTripper {
	return &files{Registry{dir: dir, writer: writer, reader: reader}}
}

type files struct{ registry Registry }

// RoundTrip implements http.RoundTripper.
func (f *files) RoundTrip(request *http.Request) (*http.Response, error) {
	a := &answer{header: http.Header{}, status: http.StatusOK}
	if request.Method == http.MethodGet || request.Method == http.MethodHead {
		f.registry.ServeHTTP(a, request)
	} else {
		(&problem{http.StatusForbidden, "DENIED", "the registry is down: nobody can write"}).answer(a)
	}
	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Request: request,
	}, nil
}

// answer keeps what a handler answers.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }
