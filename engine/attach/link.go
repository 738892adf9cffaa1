package attach

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

// link is a connection with an engine.
type link struct {
	about  About
	caller Caller
	http   *http.Client
	heard  atomic.Int64 // when the engine last said anything, in nanoseconds of the Unix clock
	hands  atomic.Bool  // it has said that another engine follows it, which is not to be started twice
}

// errGone is what is left of a request whose engine has ended, or is about to.
var errGone = errors.New("the engine has ended")

// dial reaches the engine that listens in a state directory. One that speaks another version of the API says so.
func dial(ctx context.Context, state string, caller Caller) (*link, error) {
	path, err := address(state)
	if err != nil {
		return nil, err
	}
	if err := private(filepath.Dir(path)); err != nil {
		return nil, err
	}
	l := &link{caller: caller, http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
	}}}
	if err := l.ask(ctx, http.MethodGet, pathAbout, nil, &l.about); err != nil {
		return nil, err
	}
	if l.about.API != API {
		return nil, fmt.Errorf("the engine with pid %d is of Gantry %s, which speaks version %d of the API, and this one version %d: use that one, or end it first with its own `gantry engine stop`",
			l.about.PID, l.about.Version, l.about.API, API)
	}
	l.heard.Store(time.Now().UnixNano())
	return l, nil
}

// silent tells whether nobody listens, not yet or not any more.
func silent(err error) bool {
	var unreachable *net.OpError
	return errors.As(err, &unreachable) || errors.Is(err, errGone) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

func (l *link) close() { l.http.CloseIdleConnections() }

// moments gives what the engine tells to take, until it ends or ctx does.
func (l *link) moments(ctx context.Context, take func(moment) bool) {
	who := url.Values{"operator": {l.caller.Operator}, "program": {l.caller.Program}, "wants": {string(l.caller.Wants)}}
	response, err := l.do(ctx, http.MethodGet, pathWatch+"?"+who.Encode(), nil)
	if err != nil {
		return
	}
	defer response.Body.Close()
	for lines := bufio.NewReader(response.Body); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		l.heard.Store(time.Now().UnixNano())
		if bytes.Equal(line, []byte("event: "+handover+"\n")) {
			l.hands.Store(true)
			return
		}
		text, isData := bytes.CutPrefix(line, []byte("data: "))
		var m moment
		if isData && (json.Unmarshal(text, &m) != nil || !take(m)) {
			return
		}
	}
}

// ask sends a request and reads its answer.
func (l *link) ask(ctx context.Context, method, path string, body []byte, into any) error {
	response, err := l.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("the engine's answer cannot be understood: %w", err)
	}
	return nil
}

// do sends a request. An answer that is no success is the error that the engine returned.
func (l *link) do(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://engine"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set(header, fmt.Sprint(API))
	response, err := l.http.Do(request)
	var broken *url.Error
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &broken):
		return nil, fmt.Errorf("ask the engine with pid %d: %w: %w", l.about.PID, errGone, broken.Err)
	case err != nil:
		return nil, err
	case response.StatusCode == http.StatusOK:
		return response, nil
	case response.StatusCode == http.StatusServiceUnavailable:
		_ = response.Body.Close()
		return nil, fmt.Errorf("ask the engine with pid %d: %w", l.about.PID, errGone)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	var p problem
	if json.Unmarshal(text, &p) != nil || p.Why == "" {
		return nil, fmt.Errorf("the engine with pid %d answered %s: %.200s", l.about.PID, response.Status, text)
	}
	return nil, p.error(response.StatusCode)
}
