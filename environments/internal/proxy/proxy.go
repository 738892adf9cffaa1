// Package proxy is a slot's stable address: requests go to the one service that is live, and a switch loses none.
package proxy

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// Proxy passes requests on to the backend it was last switched to.
type Proxy struct {
	port   int
	server *http.Server
	done   chan struct{}

	mu      sync.Mutex
	current *Backend
	why     string // the sentence while there is no backend
	also    map[string]*http.Server
}

// Backend is one service behind a proxy.
type Backend struct {
	forward   *httputil.ReverseProxy
	transport *http.Transport
	proxy     *Proxy
	inFlight  int           // guarded by the proxy's mu
	retired   bool          // no new requests; guarded by the proxy's mu
	idle      chan struct{} // closed when retired and nothing is in flight
}

// Serve answers on the listener until Close; why is what requests are told while nothing is live.
func Serve(l net.Listener, why string) *Proxy {
	p := &Proxy{port: PortOf(l), done: make(chan struct{}), why: why}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 30 * time.Second, ErrorLog: log.New(quiet{}, "", 0)}
	go func() {
		defer close(p.done)
		_ = p.server.Serve(l)
	}()
	return p
}

// URL is the proxy's address.
func (p *Proxy) URL() string { return fmt.Sprintf("http://127.0.0.1:%d", p.port) }

// Port is the proxy's port.
func (p *Proxy) Port() int { return p.port }

// Switch sends all new requests to the service at the address, "127.0.0.1:4711", and returns the backend before, nil for
// none.
func (p *Proxy) Switch(address string) *Backend {
	b := &Backend{proxy: p, idle: make(chan struct{}), transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second}}
	target := &url.URL{Scheme: "http", Host: address}
	b.forward = &httputil.ReverseProxy{
		Transport: b.transport, FlushInterval: -1, ErrorLog: log.New(quiet{}, "", 0),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.SetXForwarded()
			r.Out.Host = r.In.Host
			if r.Out.Body != nil {
				r.Out.Body = &body{ReadCloser: r.Out.Body}
			}
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			http.Error(w, "the service did not answer: "+err.Error(), http.StatusBadGateway)
		},
	}
	return p.replace(b, "")
}

// Clear answers all new requests with 503 and the sentence, and returns the backend before, nil for none.
func (p *Proxy) Clear(why string) *Backend { return p.replace(nil, why) }

func (p *Proxy) replace(next *Backend, why string) *Backend {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.current
	p.current, p.why = next, why
	if before != nil {
		before.retired = true
		if before.inFlight == 0 {
			close(before.idle)
		}
	}
	return before
}

// Drain waits until the retired backend has answered what it was asked, or until ctx ends. It says how many requests
// were left.
func (b *Backend) Drain(ctx context.Context) int {
	if b == nil {
		return 0
	}
	select {
	case <-b.idle:
	case <-ctx.Done():
	}
	b.transport.CloseIdleConnections()
	b.proxy.mu.Lock()
	defer b.proxy.mu.Unlock()
	return b.inFlight
}

// Close ends the proxy and cuts what is in flight.
func (p *Proxy) Close() {
	_ = p.server.Close()
	<-p.done
	p.mu.Lock()
	for _, other := range p.also {
		_ = other.Close()
	}
	p.mu.Unlock()
	if b := p.Clear("its host stops"); b != nil {
		b.transport.CloseIdleConnections()
	}
}

func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, why := p.acquire()
	if b == nil {
		w.Header().Set("Retry-After", "1")
		http.Error(w, why, http.StatusServiceUnavailable)
		return
	}
	defer p.release(b)
	b.forward.ServeHTTP(w, r)
}

func (p *Proxy) acquire() (*Backend, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != nil {
		p.current.inFlight++
	}
	return p.current, p.why
}

func (p *Proxy) release(b *Backend) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b.inFlight--
	if b.retired && b.inFlight == 0 {
		close(b.idle)
	}
}

// quiet drops what net/http would log: the answer to the client says it all.
type quiet struct{}

func (quiet) Write(p []byte) (int, error) { return len(p), nil }
