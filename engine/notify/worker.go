package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
)

const (
	firstPause = time.Second     // before the second try; every later one twice as long…
	longest    = 5 * time.Minute // …up to this
	tries      = 20              // then a message is given up: about an hour
	stale      = 24 * time.Hour  // an older message is not told any more
	most       = 200             // as many may wait for their receiver; the oldest give way
	often      = 1000            // after so many events it is remembered that none was worth a message
)

// worker tells one target, one message after the other, in the order of the journal.
type worker struct {
	n       *Notifier
	name    string
	reading *reading
	told    int64 // up to which event that is remembered
	pending []Message
	failed  int           // tries of the first message so far
	pause   time.Duration // since its receiver fails: how long between two tries; 0: it does not
	next    time.Time     // not before
	wake    chan struct{}
	cancel  context.CancelFunc
}

func (w *worker) work(ctx context.Context) {
	for ctx.Err() == nil {
		ending := w.n.ends()
		target, root, there := w.n.target(w.name)
		var wait time.Duration
		if there {
			w.read(ctx, target)
			more := false
			if wait, more = w.deliver(ctx, target, root); more {
				continue
			}
			w.remember(ending)
		}
		if ending {
			return
		}
		var timer <-chan time.Time
		if wait > 0 {
			timer = w.n.o.After(wait)
		}
		select {
		case <-ctx.Done():
		case <-w.n.closing:
		case <-w.wake:
		case <-timer:
		}
	}
}

// read takes up what is new, and lets go of what nobody needs to be told any more.
func (w *worker) read(ctx context.Context, target config.Notify) {
	news, err := w.reading.news(ctx)
	if err != nil && ctx.Err() == nil {
		w.say(true, "%v", err)
	}
	for _, m := range news {
		if wanted(target, m) {
			w.pending = append(w.pending, m)
		}
	}
	now, dropped := w.n.o.Now(), 0
	var kept []Message
	for i, m := range w.pending {
		switch {
		case !w.reading.lasts(m):
		case now.Sub(m.At) > stale || len(w.pending)-i > most:
			dropped++
		default:
			kept = append(kept, m)
			continue
		}
		if i == 0 {
			w.failed = 0
		}
	}
	w.pending = kept
	if dropped > 0 {
		w.say(true, "was not told of %d events: they are older than a day, or too many for a receiver that does not answer", dropped)
	}
}

// deliver tries the first message if it is due. It says whether there may be more to do at once, else how long to wait.
func (w *worker) deliver(ctx context.Context, target config.Notify, root string) (wait time.Duration, more bool) {
	if len(w.pending) == 0 {
		return 0, false
	}
	if left := w.next.Sub(w.n.o.Now()); left > 0 {
		return left, false
	}
	m := w.pending[0]
	err := w.n.send(ctx, target, root, m)
	if ctx.Err() != nil {
		return 0, false
	}
	var refused refusal
	switch {
	case err == nil && w.pause > 0:
		w.say(false, "is told again, of run %d of %s", m.Run, m.Service)
	case errors.As(err, &refused):
		w.say(true, "was not told of run %d of %s: %v: it is not tried again", m.Run, m.Service, err)
	case err != nil:
		return w.again(m, err)
	}
	w.pause = 0
	w.done(m)
	return 0, true
}

// again puts a try off, or gives the message up.
func (w *worker) again(m Message, err error) (wait time.Duration, more bool) {
	if w.pause == 0 {
		w.say(true, "could not be told of run %d of %s: %v: it is tried again", m.Run, m.Service, err)
	}
	w.pause = min(max(2*w.pause, firstPause), longest)
	w.next = w.n.o.Now().Add(w.pause)
	if w.failed++; w.failed >= tries {
		w.say(true, "was not told of run %d of %s: %v: given up after %d tries", m.Run, m.Service, err, w.failed)
		w.done(m)
	}
	return w.pause, false
}

// done lets go of the first message.
func (w *worker) done(m Message) {
	w.pending, w.failed = w.pending[1:], 0
	w.mark(m.Seq)
}

// remember notes, now and then and at the end, how far was read where nothing is left to tell.
func (w *worker) remember(now bool) {
	if read := w.reading.seq; len(w.pending) == 0 && (read-w.told >= often || now && read > w.told) {
		w.mark(read)
	}
}

func (w *worker) mark(seq int64) {
	w.told = seq
	if err := w.n.cursors.set(w.name, seq); err != nil {
		w.say(true, "%v", err)
	}
}

func (w *worker) say(bad bool, format string, args ...any) {
	w.n.o.Tell(fmt.Sprintf("notify %q ", w.name)+fmt.Sprintf(format, args...), bad)
}
