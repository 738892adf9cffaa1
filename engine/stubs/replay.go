package stubs

import (
	"context"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Prepare changes a request before it is replayed; a caller gives the credentials that were not recorded.
type Prepare func(*http.Request)

// replayer sends recorded requests to the running service once more.
type replayer struct {
	base    string
	prepare []Prepare
	client  *http.Client
}

func newReplayer(base string, prepare []Prepare) (*replayer, error) {
	if parsed, err := url.Parse(base); err != nil || parsed.Host == "" {
		return nil, fmt.Errorf("replay the stubs against %q: this is no address like http://127.0.0.1:8080", base)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.DisableCompression = true
	return &replayer{
		base: strings.TrimSuffix(base, "/"), prepare: prepare,
		client: &http.Client{
			Transport:     transport,
			Timeout:       30 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

func (r *replayer) close() { r.client.CloseIdleConnections() }

// send replays a safe request with the headers that a stub matches.
func (r *replayer) send(ctx context.Context, method, target string, headers map[string]string) (Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, r.base+target, nil)
	if err != nil {
		return Response{}, fmt.Errorf("replay %s %s: %w", method, target, err)
	}
	for name := range maps.Keys(headers) {
		request.Header.Set(name, headers[name])
	}
	for _, prepare := range r.prepare {
		if prepare != nil {
			prepare(request)
		}
	}
	response, err := r.client.Do(request)
	if err != nil {
		return Response{}, fmt.Errorf("replay %s %s against the running service: %w", method, target, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return Response{}, fmt.Errorf("read the answer to the replayed %s %s: %w", method, target, err)
	}
	return Response{
		Status: response.StatusCode, Header: recordable(response.Header), Body: newBody(content, len(content) > maxBody),
	}, nil
}

// sameType compares content types, whatever their spelling.
func sameType(a, b string) bool {
	mediaA, paramsA, errA := mime.ParseMediaType(a)
	mediaB, paramsB, errB := mime.ParseMediaType(b)
	if errA != nil || errB != nil {
		return a == b
	}
	return mediaA == mediaB && strings.EqualFold(paramsA["charset"], paramsB["charset"])
}
