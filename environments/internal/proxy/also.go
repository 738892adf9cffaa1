package proxy

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// Also answers at another address of this machine, on the proxy's own port: for those who cannot reach 127.0.0.1 here.
// Who does not come from the network is not answered there. At an address where it answers already it does nothing.
func (p *Proxy) Also(host string, from netip.Prefix) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.also[host] != nil {
		return nil
	}
	at := net.JoinHostPort(host, strconv.Itoa(p.port))
	l, err := net.Listen("tcp", at)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", at, err)
	}
	server := &http.Server{Handler: p, ReadHeaderTimeout: 30 * time.Second, ErrorLog: log.New(quiet{}, "", 0)}
	if p.also == nil {
		p.also = map[string]*http.Server{}
	}
	p.also[host] = server
	go func() { _ = server.Serve(Fence(l, from)) }()
	return nil
}

// Fence hangs up on whoever comes from outside of a network.
func Fence(l net.Listener, from netip.Prefix) net.Listener { return fenced{l, from} }

type fenced struct {
	net.Listener
	from netip.Prefix
}

func (f fenced) Accept() (net.Conn, error) {
	for {
		c, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		caller, err := netip.ParseAddrPort(c.RemoteAddr().String())
		if err == nil && f.from.Contains(caller.Addr().Unmap()) {
			return c, nil
		}
		_ = c.Close()
	}
}
