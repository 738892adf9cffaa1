package images

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// client speaks with one repository, as one user.
type client struct {
	name      name.Repository
	auth      authn.Authenticator
	actions   string // what a token is asked for
	transport http.RoundTripper
	*settings
}

func reading(r Repository, s *settings) *client {
	return clientOf(r, r.Read, transport.PullScope, s)
}

func writing(r Repository, s *settings) *client {
	return clientOf(r, r.Write, transport.PushScope, s)
}

func clientOf(r Repository, auth authn.Authenticator, actions string, s *settings) *client {
	c := &client{name: r.Name, auth: auth, actions: actions, transport: r.Transport, settings: s}
	if c.auth == nil {
		c.auth = authn.Anonymous
	}
	if c.transport == nil {
		c.transport = ownTransport
	}
	return c
}

// request is one request to a repository.
type request struct {
	doing  string
	method string
	at     *url.URL
	header http.Header
	body   []byte
	stream *uploadBody // instead of body; such a request is sent once
	accept []int       // the statuses that are no failure
}

// String is the repository.
func (c *client) String() string { return c.name.String() }

// at is the address of something in the repository: "manifests/latest".
func (c *client) at(path string) *url.URL {
	// The session's transport speaks plain HTTP instead where the registry does.
	return &url.URL{Scheme: "https", Host: c.name.RegistryStr(), Path: "/v2/" + c.name.RepositoryStr() + "/" + path}
}

// call sends a request, again if that may help, until it succeeded and its answer was handled.
func (c *client) call(ctx context.Context, r request, handle func(*http.Response) error) error {
	for try := 1; ; try++ {
		response, err := c.send(ctx, r)
		if err == nil {
			err = handle(response)
			// What is left of a short answer is read, so that the connection can be used again.
			_, _ = io.CopyN(io.Discard, response.Body, maxAnswer)
			_ = response.Body.Close()
		}
		if err == nil || !c.again(ctx, err, try) {
			return err
		}
	}
}

// send sends a request once. The answer's body fails when nothing arrives for a while.
func (c *client) send(ctx context.Context, r request) (*http.Response, error) {
	key, err := keyOf(ctx, c)
	if err != nil {
		return nil, &Error{Doing: r.doing, Answer: err.Error(), Kind: ErrRefused, cause: err}
	}
	session := shared(key)
	if err := session.gate.wait(ctx, c.clock); err != nil {
		return nil, failure(ctx, r.doing, c.stall, err)
	}
	ctx, dog := watch(ctx, c.stall)
	agreed, err := session.open(ctx, c)
	if err != nil {
		defer dog.end()
		return nil, c.handshakeFailed(ctx, r.doing, err)
	}
	built, err := r.build(ctx, dog)
	if err != nil {
		defer dog.end()
		return nil, &Error{Doing: r.doing, Answer: err.Error(), cause: err}
	}
	dog.moved()
	response, err := agreed.Do(built)
	if err != nil {
		defer dog.end()
		return nil, failure(ctx, r.doing, c.stall, err)
	}
	dog.lookAway()
	response.Body = &watchedBody{ReadCloser: response.Body, ctx: ctx, dog: dog, doing: r.doing}
	if slices.Contains(r.accept, response.StatusCode) {
		session.trusted.Store(true)
		return response, nil
	}
	defer response.Body.Close()
	refused := refusal(r.doing, response)
	if errors.Is(refused, ErrRefused) {
		session.forget(agreed)
		// The same credentials were good before: it is the token that has died, perhaps in another worker's hands too.
		refused.again = refused.again || response.StatusCode == http.StatusUnauthorized && session.trusted.Load()
	}
	c.comeBack(session, response, refused)
	return nil, refused
}

func (r request) build(ctx context.Context, dog *watchdog) (*http.Request, error) {
	var body io.Reader
	switch {
	case r.stream != nil && r.stream.size > 0:
		r.stream.dog = dog
		body = r.stream
	case r.body != nil:
		body = bytes.NewReader(r.body)
	}
	built, err := http.NewRequestWithContext(ctx, r.method, r.at.String(), body)
	if err != nil {
		return nil, err
	}
	maps.Copy(built.Header, r.header)
	// Bytes must arrive as they are stored: digests and offsets are about them.
	built.Header.Set("Accept-Encoding", "identity")
	if r.stream != nil {
		built.ContentLength = r.stream.size
	}
	return built, nil
}

// handshakeFailed tells a registry that does not answer from one, or its token server, that refuses.
func (c *client) handshakeFailed(ctx context.Context, doing string, err error) error {
	answer := (*transport.Error)(nil)
	if !errors.As(err, &answer) {
		return failure(ctx, doing, c.stall, err)
	}
	e := &Error{Doing: doing, Status: answer.StatusCode, Answer: "greeting the registry: " + oneLine(answer.Error()), cause: err}
	switch {
	case answer.StatusCode == http.StatusUnauthorized, answer.StatusCode == http.StatusForbidden:
		e.Kind = ErrRefused
		e.Answer += ": check this repository's credentials"
	case answer.StatusCode == http.StatusTooManyRequests, answer.StatusCode >= 500:
		e.Kind, e.again = ErrUnreachable, true
	}
	return e
}

// longestWait is how long a registry may ask to be left alone before that is a failure.
const longestWait = 5 * time.Minute

// comeBack keeps everybody from asking a registry that said when it wants to be asked again.
func (c *client) comeBack(s *session, response *http.Response, refused *Error) {
	wait, said := retryAfter(response.Header.Get("Retry-After"), c.clock.now())
	if !said || !refused.again {
		return
	}
	if wait > longestWait {
		refused.again = false
		refused.Answer += ": asked to come back in " + wait.Round(time.Second).String() + ", which is too long to wait"
		return
	}
	refused.gated = true
	s.gate.close(c.clock.now().Add(wait))
}

// retryAfter reads the header of RFC 9110, 10.2.3: seconds or a date.
func retryAfter(value string, now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, 1<<20)) * time.Second, true
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, date.Sub(now)), true
	}
	return 0, false
}
