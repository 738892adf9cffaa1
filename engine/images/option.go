package images

import (
	"context"
	"errors"
	"time"
)

// Option changes how an image is moved or unpacked.
type Option func(*settings)

// WithProgress is told how far a push, a copy or a pull is: after each MiB and each blob, one call at a time. It must
// return soon: the transfer waits for it.
func WithProgress(report func(Progress)) Option { return func(s *settings) { s.report = report } }

// WithStall sets how long nothing may move on a connection before it is cut and tried again; 30 s by default. After the
// last byte of an upload the registry gets ten times as long to store it.
func WithStall(after time.Duration) Option { return func(s *settings) { s.stall = after } }

// WithParallel sets how many blobs move at once; 4 by default.
func WithParallel(blobs int) Option { return func(s *settings) { s.parallel = max(1, blobs) } }

// WithLimits bounds what an unpacked image may hold: bytes (8 GiB by default) and files (500 000).
func WithLimits(bytes int64, files int) Option {
	return func(s *settings) { s.maxBytes, s.maxFiles = bytes, files }
}

// settings are the options together.
type settings struct {
	stall    time.Duration
	parallel int
	tries    int // how often one thing is tried before its error stands
	maxBytes int64
	maxFiles int
	report   func(Progress)
	clock    clock
}

func settled(options []Option) *settings {
	s := &settings{stall: 30 * time.Second, parallel: 4, tries: 5, maxBytes: 8 << 30, maxFiles: 500_000, clock: systemClock}
	for _, option := range options {
		option(s)
	}
	return s
}

// clock is where waiting between two tries comes from.
type clock struct {
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}

var systemClock = clock{now: time.Now, sleep: func(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}}

// again tells, after some waiting, whether to try once more.
func (s *settings) again(ctx context.Context, err error, try int) bool {
	var e *Error
	if !errors.As(err, &e) || !e.again || try >= s.tries || ctx.Err() != nil {
		return false
	}
	if e.gated {
		return true
	}
	backoff := 200 * time.Millisecond
	for range try - 1 {
		backoff *= 3
	}
	return s.clock.sleep(ctx, min(backoff, 10*time.Second)) == nil
}
