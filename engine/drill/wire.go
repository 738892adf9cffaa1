package drill

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
)

// corrupting alters what is sent to a registry, and the manifests that it answers with: one bit of each.
func corrupting(inner http.RoundTripper) http.RoundTripper { return &corrupter{inner} }

type corrupter struct{ inner http.RoundTripper }

func (c *corrupter) RoundTrip(r *http.Request) (*http.Response, error) {
	if sends := r.Method == http.MethodPut || r.Method == http.MethodPatch; sends && r.Body != nil {
		altered := r.WithContext(r.Context())
		altered.Body, altered.GetBody = &flipped{ReadCloser: r.Body}, nil
		r = altered
	}
	response, err := c.inner.RoundTrip(r)
	if err == nil && r.Method == http.MethodGet && response.StatusCode == http.StatusOK && strings.Contains(r.URL.Path, "/manifests/") {
		response.Body = &flipped{ReadCloser: response.Body}
	}
	return response, err
}

// flipped is content with one bit turned over.
type flipped struct {
	io.ReadCloser
	done bool
}

func (f *flipped) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	if n > 0 && !f.done {
		f.done = true
		p[0] ^= 1
	}
	return n, err
}

// refusing reaches no registry any more: whatever its address, a loopback port is asked at which nobody listens.
func refusing(http.RoundTripper) http.RoundTripper {
	return &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		closed := l.Addr().String()
		if err := l.Close(); err != nil {
			return nil, err
		}
		connection, err := (&net.Dialer{}).DialContext(ctx, network, closed)
		if err == nil { // somebody has just taken the port
			err = errors.Join(errors.New("drill: the closed port answers"), connection.Close())
		}
		return nil, err
	}}
}
