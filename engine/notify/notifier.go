package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
)

// usual is how long one try may take where nothing else is configured.
const usual = 10 * time.Second

// Options are what a Notifier needs to know.
type Options struct {
	State    string // the state directory
	Journal  Journal
	Head     func() int64                // the journal's newest event: a new target is told of what comes after it
	Pipeline func() config.Pipeline      // as it is configured now
	Tell     func(text string, bad bool) // what operators should know: a receiver that cannot be reached
	Now      func() time.Time
	After    func(time.Duration) <-chan time.Time // nil: time.After
}

// Notifier tells every configured target of what happens, each by itself: a slow one delays no other, and no run.
//
// Up to where each was told is remembered, so that nothing is lost when the engine ends or is killed, and nothing is told
// again but what was under way then: at least once, with the same id.
type Notifier struct {
	o       Options
	client  *http.Client
	cursors *cursors
	wake    chan struct{}
	closing chan struct{} // closed when the engine ends
	once    sync.Once
	cancel  context.CancelFunc
	all     sync.WaitGroup

	workers map[string]*worker // touched by manage alone
}

// Start begins to tell. Tell, Pipeline and Head may be called before it returns.
func Start(o Options) *Notifier {
	if o.After == nil {
		o.After = time.After
	}
	told, err := openCursors(o.State)
	if err != nil {
		o.Tell(err.Error(), true)
	}
	n := &Notifier{o: o, client: newClient(), cursors: told, wake: make(chan struct{}, 1), closing: make(chan struct{}),
		workers: map[string]*worker{}}
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel = cancel
	n.manage(ctx)
	n.all.Go(func() {
		for {
			select {
			case <-n.closing:
				return
			case <-n.wake:
				n.manage(ctx)
			}
		}
	})
	return n
}

// Wake says that there are new events. It never waits.
func (n *Notifier) Wake() { nudge(n.wake) }

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// manage sees to it that there is one worker for each configured target, and lets all know that there is news.
func (n *Notifier) manage(ctx context.Context) {
	configured := map[string]bool{}
	for _, target := range n.o.Pipeline().Notify {
		configured[target.Name] = true
		if _, works := n.workers[target.Name]; !works {
			n.employ(ctx, target.Name)
		}
	}
	for name, w := range n.workers {
		if !configured[name] {
			w.cancel()
			delete(n.workers, name)
		}
		nudge(w.wake)
	}
	if err := n.cursors.forget(func(name string) bool { return configured[name] }); err != nil {
		n.o.Tell(err.Error(), true)
	}
}

func (n *Notifier) employ(ctx context.Context, name string) {
	from, err := n.cursors.begin(name, n.o.Head())
	if err != nil {
		n.o.Tell(err.Error(), true)
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &worker{n: n, name: name, told: from, reading: readFrom(n.o.Journal, from), wake: make(chan struct{}, 1), cancel: cancel}
	n.workers[name] = w
	n.all.Go(func() { w.work(ctx) })
}

// target is a target as it is configured now, and the directory that its references and its command start from.
func (n *Notifier) target(name string) (config.Notify, string, bool) {
	pipeline := n.o.Pipeline()
	at := slices.IndexFunc(pipeline.Notify, func(t config.Notify) bool { return t.Name == name })
	if at < 0 {
		return config.Notify{}, "", false
	}
	return pipeline.Notify[at], pipeline.Root, true
}

// ends tells whether the engine ends.
func (n *Notifier) ends() bool {
	select {
	case <-n.closing:
		return true
	default:
		return false
	}
}

// send tries once.
func (n *Notifier) send(ctx context.Context, target config.Notify, root string, m Message) error {
	patience := target.Timeout
	if patience <= 0 {
		patience = usual
	}
	late := fmt.Errorf("it took longer than %s", patience)
	ctx, cancel := context.WithTimeoutCause(ctx, patience, late)
	defer cancel()
	var err error
	if target.Webhook != "" {
		err = post(ctx, n.client, target, root, m, n.o.Now())
	} else {
		err = run(ctx, target, root, m)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return late
	}
	return err
}

// Close tells what is left, for at most so long, and ends. Closing twice is no harm.
func (n *Notifier) Close(patience time.Duration) {
	n.once.Do(func() { close(n.closing) })
	ended := make(chan struct{})
	go func() { n.all.Wait(); close(ended) }()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	}
	n.cancel()
	<-ended
	n.client.CloseIdleConnections()
}
