package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/gantry-cd/gantry/engine"
)

// ErrUnreachable says that nobody listens where the host should be: nothing was asked, so asking again is safe.
var ErrUnreachable = errors.New("the host is gone")

// ErrCut says that the host went away before it had answered: what was asked may have been done.
var ErrCut = errors.New("the host went away")

// Client asks one host. A connection per request: a request that fails was either never sent or really cut.
type Client struct {
	address Address
	http    *http.Client
}

// NewClient speaks to the host at the address.
func NewClient(a Address) *Client {
	return &Client{address: a, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

// Address is where the host is.
func (c *Client) Address() Address { return c.address }

// Call asks and waits for the whole answer.
func (c *Client) Call(ctx context.Context, path string, in, out any) error {
	response, err := c.post(ctx, path, in)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(out); err != nil {
		return c.cut(ctx, path, err)
	}
	return nil
}

// Stream asks and copies the log until the work is done. When ctx ends the host gives the work up.
func (c *Client) Stream(ctx context.Context, path string, in any, log io.Writer) (*engine.Live, error) {
	response, err := c.post(ctx, path, in)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	decoder := json.NewDecoder(response.Body)
	for {
		var m Message
		if err := decoder.Decode(&m); err != nil {
			return nil, c.cut(ctx, path, err)
		}
		if m.Done {
			return m.Live, m.Problem.Err()
		}
		if _, err := log.Write(m.Log); err != nil {
			return nil, fmt.Errorf("write the log of %s: %w", path, err)
		}
	}
}

func (c *Client) post(ctx context.Context, path string, in any) (*http.Response, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("ask the host of %s for %s: %w", c.address.Name, path, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask the host of %s for %s: %w", c.address.Name, path, err)
	}
	request.Header.Set("Authorization", "Bearer "+c.address.Token)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.cut(ctx, path, err)
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer response.Body.Close()
	var p Problem
	if err := json.NewDecoder(response.Body).Decode(&p); err != nil || p.Text == "" {
		return nil, fmt.Errorf("the host of %s answered %s to %s", c.address.Name, response.Status, path)
	}
	return nil, p.Err()
}

// cut says why there was no whole answer.
func (c *Client) cut(ctx context.Context, path string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var network *net.OpError
	if errors.As(err, &network) && network.Op == "dial" {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return fmt.Errorf("%w: %s (pid %d), during %s; see its %s: %w", ErrCut, c.address.Name, c.address.Process.PID, path, LogName, err)
}

// LogName is the file in a host's directory that the host itself writes to.
const LogName = "host.log"
