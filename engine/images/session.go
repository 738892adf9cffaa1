package images

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// session is an understanding with one registry: how it wants to be asked, with which token, over which connections. It
// is kept for the process, so that asking again costs one round trip and no handshake.
type session struct {
	turn chan struct{} // held while shaking hands
	http *http.Client  // nil: hands were not shaken yet; guarded by turn
	gate gate
	// trusted is set once the registry has granted a request: its credentials are good.
	trusted atomic.Bool
}

// sessionKey tells whose session it is. The credentials are hashed: a map of secrets need not exist.
type sessionKey struct {
	registry, scope string
	credentials     [sha256.Size]byte
	transport       http.RoundTripper
}

var sessions = struct {
	sync.Mutex
	kept map[sessionKey]*session
}{kept: map[sessionKey]*session{}}

// maxSessions bounds what is kept; credentials that change often would fill memory otherwise.
const maxSessions = 256

// ownTransport is used where a repository names none: the default one keeps only two idle connections to a host.
var ownTransport = func() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16
	return t
}()

func keyOf(ctx context.Context, c *client) (sessionKey, error) {
	config, err := authn.Authorization(ctx, c.auth)
	if err != nil {
		return sessionKey{}, fmt.Errorf("get the credentials for %s: %w", c.name, err)
	}
	key := sessionKey{registry: c.name.RegistryStr(), scope: c.name.Scope(c.actions), transport: c.transport}
	key.credentials = sha256.Sum256(fmt.Appendf(nil, "%#v", *config))
	return key, nil
}

// shared is the session for a key: the kept one, or a new one.
func shared(key sessionKey) *session {
	fresh := &session{turn: make(chan struct{}, 1)}
	if !reflect.TypeOf(key.transport).Comparable() {
		return fresh
	}
	sessions.Lock()
	defer sessions.Unlock()
	if kept, found := sessions.kept[key]; found {
		return kept
	}
	if len(sessions.kept) >= maxSessions {
		clear(sessions.kept)
	}
	sessions.kept[key] = fresh
	return fresh
}

// forget ends the trust in what was agreed; the next request shakes hands again.
func (s *session) forget(used *http.Client) {
	s.turn <- struct{}{}
	if s.http == used {
		s.http = nil
	}
	<-s.turn
}

// open shakes hands with the registry unless that was done before.
func (s *session) open(ctx context.Context, c *client) (*http.Client, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if s.http != nil {
		return s.http, nil
	}
	inner := c.transport
	if _, done := inner.(*transport.Wrapper); !done {
		inner = onceOnly{inner}
	}
	agreed, err := transport.NewWithContext(ctx, c.name.Registry, c.auth, inner, []string{c.name.Scope(c.actions)})
	if err != nil {
		return nil, err
	}
	s.http = &http.Client{Transport: agreed, CheckRedirect: stayEncrypted}
	return s.http, nil
}

func stayEncrypted(next *http.Request, before []*http.Request) error {
	if len(before) >= 10 {
		return errors.New("redirected ten times")
	}
	if before[0].URL.Scheme == "https" && next.URL.Scheme != "https" {
		return fmt.Errorf("redirected from https to %s://%s: refused", next.URL.Scheme, next.URL.Host)
	}
	return nil
}

// onceOnly lies below the transport that renews tokens. That one sends a request again after a 401, also when the body
// is already spent; the upload would arrive empty.
type onceOnly struct{ http.RoundTripper }

var errSpent = errors.New("the token expired while the upload ran: it begins again with a new one")

func (o onceOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if body, streams := r.Body.(*uploadBody); streams && body.sent.Swap(true) {
		return nil, errSpent
	}
	return o.RoundTripper.RoundTrip(r)
}

// gate makes every worker wait when the registry told one of them to come back later.
type gate struct {
	mu    sync.Mutex
	until time.Time
}

func (g *gate) close(until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.until) {
		g.until = until
	}
}

func (g *gate) wait(ctx context.Context, c clock) error {
	for {
		g.mu.Lock()
		left := g.until.Sub(c.now())
		g.mu.Unlock()
		if left <= 0 {
			return nil
		}
		if err := c.sleep(ctx, left); err != nil {
			return err
		}
	}
}
