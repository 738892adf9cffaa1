package attach

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Client is the engine of another process. What is only read comes from the state directory, also after that engine has
// ended.
type Client struct {
	Reader
	about  About
	caller Caller
	http   *http.Client
	heard  atomic.Int64 // when the engine last said anything, in nanoseconds of the Unix clock
}

var _ Engine = (*Client)(nil)

// Dial attaches to the engine that holds a state directory. One that speaks another version of the API says so.
func Dial(ctx context.Context, state string, reader Reader, caller Caller) (*Client, error) {
	path, err := address(state)
	if err != nil {
		return nil, err
	}
	if err := private(filepath.Dir(path)); err != nil {
		return nil, err
	}
	c := &Client{Reader: reader, caller: caller, http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
	}}}
	if err := c.get(ctx, pathAbout, &c.about); err != nil {
		return nil, err
	}
	if c.about.API != API {
		return nil, fmt.Errorf("the engine with pid %d is of Gantry %s, which speaks version %d of the API, and this one version %d: use that one, or end it first",
			c.about.PID, c.about.Version, c.about.API, API)
	}
	c.heard.Store(time.Now().UnixNano())
	return c, nil
}

// About is what the engine said of itself.
func (c *Client) About() About { return c.about }

// Heard is when the engine last said anything.
func (c *Client) Heard() time.Time { return time.Unix(0, c.heard.Load()) }

// Close lets go of the engine, which goes on.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return c.Reader.Close()
}

// Watch delivers what the journal and the engine say together. The channel closes when the engine ends.
func (c *Client) Watch(ctx context.Context) <-chan engine.Snapshot {
	out := make(chan engine.Snapshot)
	go func() {
		defer close(out)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		c.merge(ctx, c.Reader.Watch(ctx), c.moments(ctx), out)
	}()
	return out
}

// merge lays what the engine knows over what was journalled. Neither is shown before the other is as new.
func (c *Client) merge(ctx context.Context, journalled <-chan engine.Snapshot, moments <-chan moment, out chan<- engine.Snapshot) {
	var snapshot engine.Snapshot
	var now *moment
	var ready chan<- engine.Snapshot // out, while there is something to send
	for {
		var next engine.Snapshot
		if ready != nil {
			next = now.over(snapshot)
			next.Elsewhere = c.about.String()
		}
		select {
		case s, open := <-journalled:
			if !open {
				return
			}
			snapshot = s
		case m, open := <-moments:
			if !open {
				return
			}
			now = &m
			if m.Seq > snapshot.Seq && c.CatchUp(ctx) != nil {
				return
			}
		case ready <- next:
			ready = nil
			continue
		}
		if ready = nil; now != nil && snapshot.Seq >= now.Seq {
			ready = out
		}
	}
}

// moments are what the engine tells, until it ends or ctx does.
func (c *Client) moments(ctx context.Context) <-chan moment {
	moments := make(chan moment)
	go func() {
		defer close(moments)
		who := url.Values{"operator": {c.caller.Operator}, "program": {c.caller.Program}}
		response, err := c.do(ctx, http.MethodGet, pathWatch+"?"+who.Encode(), nil)
		if err != nil {
			return
		}
		defer response.Body.Close()
		lines := bufio.NewReader(response.Body)
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				return
			}
			c.heard.Store(time.Now().UnixNano())
			text, isData := bytes.CutPrefix(line, []byte("data: "))
			var m moment
			if !isData {
				continue
			}
			if json.Unmarshal(text, &m) != nil {
				return
			}
			select {
			case moments <- m:
			case <-ctx.Done():
				return
			}
		}
	}()
	return moments
}

// Start begins a promotion.
func (c *Client) Start(ctx context.Context, r engine.StartRequest) (promotion.RunID, error) {
	a, err := c.ask(ctx, pathStart, r)
	return a.Run, err
}

// Rerun starts a new run of the release of an earlier one.
func (c *Client) Rerun(ctx context.Context, r engine.RerunRequest) (promotion.RunID, error) {
	a, err := c.ask(ctx, pathRerun, r)
	return a.Run, err
}

// Reprovision puts the release of an earlier run aside.
func (c *Client) Reprovision(ctx context.Context, r engine.ReprovisionRequest) (promotion.RunID, error) {
	a, err := c.ask(ctx, pathReprovision, r)
	return a.Run, err
}

// RollBack starts a rollback run of one environment.
func (c *Client) RollBack(ctx context.Context, r engine.RollbackRequest) (promotion.RunID, error) {
	a, err := c.ask(ctx, pathRollback, r)
	return a.Run, err
}

// CommandSlot asks something of a slot.
func (c *Client) CommandSlot(ctx context.Context, r engine.SlotRequest) ([]promotion.Slot, error) {
	a, err := c.ask(ctx, pathSlot, r)
	return a.Slots, err
}

// Command asks a run for something.
func (c *Client) Command(ctx context.Context, command promotion.Command) error {
	_, err := c.ask(ctx, pathCommand, orderOf(command))
	return err
}

// ask sends a request that changes something, and returns when what came of it can be read.
func (c *Client) ask(ctx context.Context, path string, request any) (answer, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return answer{}, err
	}
	response, err := c.do(ctx, http.MethodPost, path, body)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	var a answer
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		return answer{}, fmt.Errorf("the engine's answer cannot be understood: %w", err)
	}
	return a, c.CatchUp(ctx)
}

func (c *Client) get(ctx context.Context, path string, value any) error {
	response, err := c.do(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return json.NewDecoder(response.Body).Decode(value)
}

// do sends a request. An answer that is no success is the error that the engine returned.
func (c *Client) do(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://engine"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set(header, fmt.Sprint(API))
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the engine with pid %d: %w", c.about.PID, errors.Unwrap(err))
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	var p problem
	if json.Unmarshal(text, &p) != nil || p.Why == "" {
		return nil, fmt.Errorf("the engine with pid %d answered %s: %.200s", c.about.PID, response.Status, text)
	}
	return nil, p.error(response.StatusCode)
}
