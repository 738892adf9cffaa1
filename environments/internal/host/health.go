package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

const (
	// heartbeat is how often a starting service is asked for its health: a deploy costs little more than the
	// service's own start.
	heartbeat = 15 * time.Millisecond
	// answerTime bounds one answer.
	answerTime = 2 * time.Second
	// defaultTimeout is how long a service may take to become healthy.
	defaultTimeout = 30 * time.Second
)

// prober keeps no connection to a service: one that is asked to end should not have to wait for ours.
var prober = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// answer is what a service says of itself.
type answer struct {
	version string // "" when it does not say
	problem string // why it is not healthy; "" when it is
}

// probe asks the service at an address for its health.
func probe(ctx context.Context, address string) answer {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", nil)
	if err != nil {
		return answer{problem: err.Error()}
	}
	response, err := prober.Do(request)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return answer{problem: fmt.Sprintf("nothing listens on %s, which it was told in PORT", address)}
	}
	if err != nil {
		return answer{problem: fmt.Sprintf("GET /healthz at %s: %v", address, reason(err))}
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if response.StatusCode != http.StatusOK {
		return answer{problem: fmt.Sprintf("GET /healthz answers %s%s", response.Status, quoted(firstLine(string(body))))}
	}
	var said struct {
		Version string `json:"version"`
	}
	_ = json.Unmarshal(body, &said) // a service need not report a version
	return answer{version: said.Version}
}

// differs says that the service is not the version that its image is; "" when it is, or when one of them does not say.
func (a answer) differs(image string) string {
	if image == "" || a.version == "" || a.version == image {
		return ""
	}
	return fmt.Sprintf("reports version %s, but its image is version %s", a.version, image)
}

// untilHealthy waits for the first healthy answer of the right version.
func (r *release) untilHealthy(ctx context.Context, p Process, log io.Writer, tail *tail) error {
	began := time.Now()
	timeout := time.NewTimer(r.kept.Timeout)
	defer timeout.Stop()
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	last := "it was never asked"
	for {
		select {
		case <-p.Done():
			tail.copy(log)
			if err := p.Lost(); err != nil {
				return err
			}
			how, _ := p.Exit()
			return &Unfit{fmt.Sprintf("ended (%s) after %s, before it was healthy%s", how, short(time.Since(began)), quoted(tail.last()))}
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-timeout.C:
			tail.copy(log)
			return &Unfit{fmt.Sprintf("did not become healthy within %s: %s%s", short(r.kept.Timeout), last, quoted(tail.last()))}
		case <-tick.C:
		}
		tail.copy(log)
		a, err := probeUntil(ctx, p)
		if err != nil {
			return err
		}
		if last = a.problem; last != "" {
			continue
		}
		if wrong := a.differs(r.kept.Version); wrong != "" {
			return &Unfit{wrong}
		}
		select {
		case <-p.Done(): // somebody else answered on its port
			continue
		default:
		}
		fmt.Fprintf(log, "%s is healthy after %s\n", r.kept.Name, short(time.Since(began)))
		return nil
	}
}

// probeUntil asks, and stops asking when the process ends.
func probeUntil(ctx context.Context, p Process) (answer, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	asked := make(chan struct{})
	defer close(asked)
	go func() {
		select {
		case <-p.Done():
			cancel()
		case <-asked:
		}
	}()
	return ask(ctx, p)
}

// ask is what a service says of itself, by the check that its image brings, or else by HTTP.
func ask(ctx context.Context, p Process) (answer, error) {
	judged, problem, err := p.Health(ctx)
	if err != nil && ctx.Err() == nil {
		return answer{}, err
	}
	if judged || err != nil {
		return answer{problem: problem}, nil
	}
	return probe(ctx, p.Address()), nil
}

// short is a duration for people.
func short(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return promotion.Duration(d.Round(100 * time.Millisecond)).String()
}
