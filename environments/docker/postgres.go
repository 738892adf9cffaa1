package docker

import (
	"context"
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"sync"

	"github.com/gantry-cd/gantry/environments/internal/host"
	"github.com/gantry-cd/gantry/environments/internal/proxy"
)

// postgres is the URL of a database server as containers reach it: at the address that the configuration gives, through
// a relay where it is on this machine's loopback, or else at the same address as Gantry.
func (r *runtime) postgres(ctx context.Context, address string, s Settings) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("the address of the database server of %s cannot be read", r.directory.Environment)
	}
	switch {
	case s.DatabaseHost != "":
		u.Host = s.DatabaseHost
	case s.Relay != "":
		if u.Host, err = r.openRelay(ctx, s); err != nil {
			return "", err
		}
	}
	return u.String(), nil
}

// loopback is the host and port of a server that only this machine reaches; "" for any other.
func loopback(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if ip, err := netip.ParseAddr(u.Hostname()); u.Hostname() != "localhost" && (err != nil || !ip.IsLoopback()) {
		return ""
	}
	if u.Port() == "" {
		return net.JoinHostPort(u.Hostname(), "5432")
	}
	return u.Host
}

// relay passes on what the environment's containers ask of a server on this machine's loopback.
type relay struct {
	mu   sync.Mutex
	open map[string]bool // by where it listens and where it goes
}

// Relays listen on a port that is made of what they are for: containers that run keep it when their host is another.
const (
	firstRelay = 30000
	relays     = 2000
)

// openRelay opens the relay where containers reach this machine, and says where that is for them.
func (r *runtime) openRelay(ctx context.Context, s Settings) (string, error) {
	inside, err := r.Inside(ctx)
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(s.Relay)
	if err != nil {
		return "", fmt.Errorf("the database server of %s: %w", r.directory.Environment, err)
	}
	if inside.Listen == "" {
		return net.JoinHostPort(inside.Host, port), nil // somebody else passes on
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(r.directory.Identity + r.directory.Environment + s.Relay))
	own := strconv.Itoa(firstRelay + int(hash.Sum32()%relays))
	at, told := net.JoinHostPort(inside.Listen, own), net.JoinHostPort(inside.Host, own)
	r.relay.mu.Lock()
	defer r.relay.mu.Unlock()
	if r.relay.open[at+s.Relay] {
		return told, nil
	}
	if err := relayTo(at, inside, s.Relay); err != nil {
		return "", fmt.Errorf("containers of %s cannot reach its database server at %s: %w: set docker.database_host to where they do", r.directory.Environment, s.Relay, err)
	}
	if r.relay.open == nil {
		r.relay.open = map[string]bool{}
	}
	r.relay.open[at+s.Relay] = true
	return told, nil
}

func relayTo(at string, inside host.Inside, to string) error {
	from, err := netip.ParsePrefix(inside.From)
	if err != nil {
		return fmt.Errorf("the network of containers: %w", err)
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", at, err)
	}
	go proxy.Relay(proxy.Fence(l, from), to) // as long as its host lives
	return nil
}

// reopenRelay opens the relay for containers that were told of it before: by an earlier host, or in another network.
func (r *runtime) reopenRelay(ctx context.Context) error {
	_, s, err := r.daemon()
	if err != nil || s.Relay == "" {
		return err
	}
	_, err = r.openRelay(ctx, s)
	return err
}
