package stubs

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxBody bounds the body of a message that is recorded, in bytes. A longer one is passed on and not stubbed.
const maxBody = 1 << 20

// Recorder is a reverse proxy in front of a service that remembers what went through it. Credentials are passed on and
// not remembered, and neither is what was asked of /healthz.
type Recorder struct {
	target *url.URL
	proxy  *httputil.ReverseProxy
	server *http.Server
	url    string
	served chan error

	mu       sync.Mutex
	arrived  int // requests so far
	recorded []numbered
}

type numbered struct {
	number   int
	exchange Exchange
}

// StartRecorder puts a recorder before the service at target ("http://127.0.0.1:4711"), at an address of its own on
// loopback.
func StartRecorder(target string) (*Recorder, error) {
	recorder, err := NewRecorder(target)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the recorder of %s: %w", target, err)
	}
	recorder.url = "http://" + listener.Addr().String()
	recorder.server = &http.Server{Handler: recorder, ReadHeaderTimeout: 30 * time.Second}
	go func() { recorder.served <- recorder.server.Serve(listener) }()
	return recorder, nil
}

// NewRecorder is the recorder alone, to be served by the caller.
func NewRecorder(target string) (*Recorder, error) {
	base, err := url.Parse(target)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("record the exchanges with %q: this is no address like http://127.0.0.1:8080", target)
	}
	r := &Recorder{target: base, served: make(chan error, 1)}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true // what is recorded is what the service said
	transport.Proxy = nil
	r.proxy = &httputil.ReverseProxy{
		Rewrite:        r.rewrite,
		Transport:      transport,
		ModifyResponse: r.remember,
		FlushInterval:  -1, // streams stay streams
		ErrorLog:       log.New(discard{}, "", 0),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, fmt.Sprintf("gantry: %s did not answer: %v", target, err), http.StatusBadGateway)
		},
	}
	return r, nil
}

// discard takes the proxy's complaints about clients that went away; everything else reaches the ErrorHandler.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// URL is where the recorder answers.
func (r *Recorder) URL() string { return r.url }

func (r *Recorder) rewrite(p *httputil.ProxyRequest) {
	p.SetURL(r.target)
	p.Out.URL.RawQuery = p.In.URL.RawQuery // SetURL's cleaning would hide from the service what the client sent
	p.Out.Header.Del("Accept-Encoding")
}

// passing is a request on its way through the recorder.
type passing struct {
	number  int // in the order of arrival
	request Request
	body    *capture
}

type passingKey struct{}

// ServeHTTP passes a request on and remembers it with its response.
func (r *Recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if request.URL.Path == "/healthz" {
		r.proxy.ServeHTTP(w, request)
		return
	}
	p := &passing{
		request: Request{
			Method: request.Method, Path: request.URL.EscapedPath(),
			Query: recordableQuery(request.URL.RawQuery), Header: recordable(request.Header),
		},
		body: &capture{ReadCloser: request.Body, length: request.ContentLength},
	}
	if request.ContentLength != 0 {
		request.Body = p.body
	}
	r.mu.Lock()
	p.number = r.arrived
	r.arrived++
	r.mu.Unlock()
	r.proxy.ServeHTTP(w, request.WithContext(context.WithValue(request.Context(), passingKey{}, p)))
}

// remember sees the response's head, and records the exchange when its body has passed.
func (r *Recorder) remember(response *http.Response) error {
	r.shorten(response.Header)
	p, ok := response.Request.Context().Value(passingKey{}).(*passing)
	if !ok || response.StatusCode == http.StatusSwitchingProtocols {
		return nil
	}
	answer := Response{Status: response.StatusCode, Header: recordable(response.Header)}
	body := &capture{ReadCloser: response.Body, length: -1}
	body.closed = func() {
		p.request.Body, answer.Body = p.body.body(), body.body()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.recorded = append(r.recorded, numbered{p.number, Exchange{p.request, answer}})
	}
	response.Body = body
	return nil
}

// shorten makes a redirect to the service itself relative: followed, it must come by here again, and a stub must not
// speak of the machine where it was recorded.
func (r *Recorder) shorten(header http.Header) {
	origin := r.target.Scheme + "://" + r.target.Host
	if location, ok := strings.CutPrefix(header.Get("Location"), origin); ok && strings.HasPrefix(location, "/") {
		header.Set("Location", location)
	}
}

// Close ends the recorder, gives requests under way a moment to end, and returns the exchanges in the order in which
// their requests arrived.
func (r *Recorder) Close() ([]Exchange, error) {
	var err error
	if r.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if r.server.Shutdown(ctx) != nil {
			r.server.Close() // an endless stream: it is cut and so not stubbed
		}
		if served := <-r.served; !errors.Is(served, http.ErrServerClosed) {
			err = fmt.Errorf("the recorder of %s stopped early: %w", r.target, served)
		}
		r.served <- http.ErrServerClosed // so that closing twice does not wait
	}
	r.proxy.Transport.(*http.Transport).CloseIdleConnections()
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.SortFunc(r.recorded, func(a, b numbered) int { return a.number - b.number })
	exchanges := make([]Exchange, len(r.recorded))
	for i, n := range r.recorded {
		exchanges[i] = n.exchange
	}
	return exchanges, err
}
