package drill

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// How long a slowed stage waits…
const (
	perStep    = time.Second            // before and after each of its steps,
	perCall    = 2 * time.Second        // before it asks its environment for something,
	perRequest = 250 * time.Millisecond // before each request to a registry,
	perWrite   = 50 * time.Millisecond  // and with what its commands write, which holds them up;
	atMost     = 20 * time.Second       // in all, and never more than a quarter of its deadline
)

// brake slows things down until it is spent.
type brake struct {
	ctx  context.Context
	mu   sync.Mutex
	left time.Duration
}

func newBrake(ctx context.Context, stage promotion.Stage) *brake {
	left := atMost
	if deadline := time.Duration(stage.Deadline); deadline > 0 {
		left = min(left, deadline/4)
	}
	return &brake{ctx: ctx, left: left}
}

// press waits, or for as long as is left.
func (b *brake) press(d time.Duration) {
	b.mu.Lock()
	d = min(d, b.left)
	b.left -= d
	b.mu.Unlock()
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-b.ctx.Done():
	}
}

// slowed is the job with the brake on everything that it does.
func slowed(ctx context.Context, job *stages.Job) *stages.Job {
	b := newBrake(ctx, job.Stage)
	slow := *job
	slow.Environments = func(name string) (engine.Environment, error) {
		environment, err := job.Environments(name)
		return slowEnvironment{environment, b}, err
	}
	slow.Log = slowLog{job.Log, b}
	slow.Report = func(step promotion.Step) {
		b.press(perStep)
		job.Report(step)
	}
	return &slow
}

type slowEnvironment struct {
	engine.Environment
	brake *brake
}

func (s slowEnvironment) Repository(ctx context.Context, slot promotion.Slot, what string) (images.Repository, error) {
	s.brake.press(perCall)
	return rewired{s.Environment, s.wire}.Repository(ctx, slot, what)
}

func (s slowEnvironment) wire(inner http.RoundTripper) http.RoundTripper {
	return &slowRequests{inner, s.brake}
}

func (s slowEnvironment) Migrate(ctx context.Context, m engine.Migration, log io.Writer) error {
	s.brake.press(perCall)
	return s.Environment.Migrate(ctx, m, log)
}

func (s slowEnvironment) Deploy(ctx context.Context, r engine.Rollout, log io.Writer) (*engine.Live, error) {
	s.brake.press(perCall)
	return s.Environment.Deploy(ctx, r, log)
}

func (s slowEnvironment) Endpoint(ctx context.Context, slot promotion.Slot) (string, error) {
	s.brake.press(perCall)
	return s.Environment.Endpoint(ctx, slot)
}

type slowRequests struct {
	inner http.RoundTripper
	brake *brake
}

func (s *slowRequests) RoundTrip(r *http.Request) (*http.Response, error) {
	s.brake.press(perRequest)
	return s.inner.RoundTrip(r)
}

type slowLog struct {
	stages.Log
	brake *brake
}

func (l slowLog) Writer(step string) io.WriteCloser { return slowWriter{l.Log.Writer(step), l.brake} }

type slowWriter struct {
	io.WriteCloser
	brake *brake
}

func (w slowWriter) Write(p []byte) (int, error) {
	w.brake.press(perWrite)
	return w.WriteCloser.Write(p)
}
