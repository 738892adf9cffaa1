package images

import (
	"context"
	"errors"
	"io"
	"time"
)

// watchdog cuts a request on which nothing moves. It is no limit on how long a transfer takes.
type watchdog struct {
	after  time.Duration
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

// watch begins to watch; the context that it returns ends when nothing moves for a while, and at the latest with end.
func watch(ctx context.Context, after time.Duration) (context.Context, *watchdog) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(after, func() { cancel(ErrStalled) })
	return ctx, &watchdog{after: after, timer: timer, cancel: cancel}
}

// moved begins a new span in which something has to move.
func (w *watchdog) moved() { w.timer.Reset(w.after) }

// patient grants one long span: the other side has all that it needs and works on it.
func (w *watchdog) patient() { w.timer.Reset(10 * w.after) }

// look away while it is somebody else who is waited for.
func (w *watchdog) lookAway() { w.timer.Stop() }

func (w *watchdog) end() {
	w.timer.Stop()
	w.cancel(nil)
}

// watchedBody is the body of an answer: each read must give something in time. Slowness of its reader does not count.
type watchedBody struct {
	io.ReadCloser
	ctx   context.Context
	dog   *watchdog
	doing string
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.dog.moved()
	n, err := b.ReadCloser.Read(p)
	b.dog.lookAway()
	if err != nil && !errors.Is(err, io.EOF) {
		err = failure(b.ctx, b.doing, b.dog.after, err)
	}
	return n, err
}

func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	b.dog.end()
	return err
}

// failure tells a stall, somebody's wish to end, and a broken connection apart.
func failure(ctx context.Context, doing string, after time.Duration, err error) error {
	var known *Error
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, ErrStalled):
		return stalled(doing, after)
	case cause != nil:
		return &Error{Doing: doing, Answer: "ended: " + cause.Error(), cause: cause}
	case errors.As(err, &known):
		return known
	}
	return broken(doing, err)
}
