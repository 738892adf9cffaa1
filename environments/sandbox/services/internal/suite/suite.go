// Package suite is what acceptance, end-to-end and contract tests are written with: where the service is, requests,
// and answers that must be as expected.
package suite

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/web"
)

// At is where a service is: the URL in the variable, or, when it is not set, a service that start brings up for this
// test alone. So the same suite judges a deployed service and runs on anybody's laptop.
func At(t testing.TB, variable string, start func(testing.TB) string) string {
	t.Helper()
	if url := os.Getenv(variable); url != "" {
		return strings.TrimSuffix(url, "/")
	}
	return start(t)
}

// Serve serves a handler on loopback until the test ends, with the limits of the real server.
func Serve(t testing.TB, handler http.Handler) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config = web.NewServer(handler)
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// Unique makes a name that nobody used before, so that runs of a suite never meet in a long-lived database.
func Unique(prefix string) string { return prefix + "-" + strings.ToLower(rand.Text()) }

// Client sends requests to one service.
type Client struct {
	t    testing.TB
	base string
	http *http.Client
}

// NewClient is a client of the service at a base URL.
func NewClient(t testing.TB, base string) *Client {
	return &Client{t: t, base: base, http: &http.Client{
		Timeout:       15 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Do sends a request; a body other than a string is sent as JSON, nil sends none. The answer must have the status.
func (c *Client) Do(method, path string, body any, status int) Answer {
	c.t.Helper()
	var content io.Reader
	if text, ok := body.(string); ok {
		content = strings.NewReader(text)
	} else if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(context.Background(), method, c.base+path, content)
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("read the answer to %s %s: %v", method, path, err)
	}
	if response.StatusCode != status {
		c.t.Fatalf("%s %s answers %s, want %d: %s", method, path, response.Status, status, text)
	}
	return Answer{t: c.t, what: method + " " + path, Header: response.Header, Body: text}
}

// Answer is an answer with the expected status.
type Answer struct {
	t      testing.TB
	what   string
	Header http.Header
	Body   []byte
}

// JSON decodes the body.
func (a Answer) JSON(into any) {
	a.t.Helper()
	if kind := a.Header.Get("Content-Type"); kind != "application/json" {
		a.t.Fatalf("%s answers with content type %q", a.what, kind)
	}
	if err := json.Unmarshal(a.Body, into); err != nil {
		a.t.Fatalf("%s answers with something that is not the expected JSON: %v: %s", a.what, err, a.Body)
	}
}

// Problem demands an error with the code, and returns its details.
func (a Answer) Problem(code string) map[string]any {
	a.t.Helper()
	var body struct {
		Error struct {
			Code    string
			Message string
			Details map[string]any
		}
	}
	a.JSON(&body)
	if body.Error.Code != code || body.Error.Message == "" {
		a.t.Fatalf("%s answers with the error %q, want %q: %s", a.what, body.Error.Code, code, a.Body)
	}
	return body.Error.Details
}

// Hardened demands the headers that keep an answer from being sniffed, framed or cached.
func (a Answer) Hardened() {
	a.t.Helper()
	for _, name := range []string{"X-Content-Type-Options", "Content-Security-Policy", "Cache-Control"} {
		if a.Header.Get(name) == "" {
			a.t.Errorf("%s answers without the header %s", a.what, name)
		}
	}
}
