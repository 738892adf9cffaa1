package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/moby/moby/client"

	"github.com/gantry-cd/gantry/engine/config"
)

// Settings are the platform's table of the configuration, with nothing left to be looked up.
type Settings struct {
	config.Docker
	// Relay is the loopback address of a database server, which containers cannot reach by themselves; "" for none.
	Relay string `json:"relay,omitempty"`
}

// local tells whether the daemon is reached through a file: then it is likely to be on this machine.
func (s Settings) local() bool { return strings.HasPrefix(s.Host, "unix://") }

// dial makes a client of the daemon. Nothing is asked yet.
func dial(s Settings) (*client.Client, error) {
	options := []client.Opt{client.WithHost(s.Host)}
	if s.Certificates != "" {
		in := func(name string) string { return filepath.Join(s.Certificates, name) }
		options = append(options, client.WithTLSClientConfig(in("ca.pem"), in("cert.pem"), in("key.pem")))
	}
	c, err := client.New(options...)
	if err != nil {
		return nil, fmt.Errorf("the Docker daemon at %s: %w", s.Host, err)
	}
	return c, nil
}

// askTime bounds one question to the daemon that is answered at once.
const askTime = 20 * time.Second

// gone tells whether an error says that the daemon does not answer, as opposed to an answer that is a refusal.
func gone(err error) bool {
	var u *url.Error
	return client.IsErrConnectionFailed(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.DeadlineExceeded) || errors.As(err, &u)
}

// unanswered says what could not be asked.
func (r *runtime) unanswered(doing string, err error) error {
	_, s, _ := r.daemon()
	if gone(err) {
		return &silence{host: s.Host, doing: doing, err: err}
	}
	return fmt.Errorf("the Docker daemon at %s: %s: %w", s.Host, doing, err)
}

// silence is a daemon that does not answer.
type silence struct {
	host, doing string
	err         error
}

// Error says no more of the reason than people need: the client's own sentence has the address in it three times.
func (s *silence) Error() string {
	why := s.err
	var dialled *net.OpError
	if errors.As(s.err, &dialled) {
		why = dialled.Err
	}
	return fmt.Sprintf("the Docker daemon at %s does not answer (%s): %v", s.host, s.doing, why)
}

func (s *silence) Unwrap() error { return s.err }
