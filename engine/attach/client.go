package attach

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Client is the engine of a state directory, wherever it runs. What is only read comes from the directory, at once, also
// while no engine is there; what is asked of the engine waits for one. When the engine ends, the next one is found, or
// started.
type Client struct {
	Reader
	ways Ways

	reaching sync.Mutex // held while an engine is looked for

	mu    sync.Mutex
	link  *link // nil: none is known
	last  About // of the one before
	heard time.Time
	told  []engine.Notice
}

var (
	_ Engine         = (*Client)(nil)
	_ engine.Reached = (*Client)(nil)
)

// Elsewhere is the engine that does the work; false while there is none.
func (c *Client) Elsewhere() (About, bool) {
	if l := c.current(); l != nil {
		return l.about, true
	}
	return About{}, false
}

// Reach waits for the engine, which is started when there is none.
func (c *Client) Reach(ctx context.Context) error {
	_, err := c.reach(ctx)
	return err
}

// Heard is when the engine last said anything.
func (c *Client) Heard() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link != nil {
		return time.Unix(0, c.link.heard.Load())
	}
	return c.heard
}

// Close lets go of the engine, which goes on.
func (c *Client) Close() error {
	if l := c.current(); l != nil {
		l.close()
	}
	return c.Reader.Close()
}

func (c *Client) current() *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.link
}

// reach is the connection with the engine that there is, which is started when there is none.
func (c *Client) reach(ctx context.Context) (*link, error) {
	c.reaching.Lock()
	defer c.reaching.Unlock()
	if l := c.current(); l != nil {
		return l, nil
	}
	c.mu.Lock()
	before := c.last
	c.mu.Unlock()
	l, err := c.ways.reach(ctx, before)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.link = l
	c.tell(before, l.about)
	return l, nil
}

// tell tells of an engine that follows another one, and of one of another version. The caller holds mu.
func (c *Client) tell(before, now About) {
	say := func(format string, args ...any) {
		c.told = append(c.told, engine.Notice{At: time.Now(), Text: fmt.Sprintf(format, args...)})
	}
	if before.PID != 0 && before.PID != now.PID {
		say("%s has ended: its runs go on in %s", before, now)
	}
	ours := c.ways.About
	switch {
	case now.Version != ours.Version && now.Version != before.Version:
		say("the engine is Gantry %s, and this is %s: `gantry engine restart` lets this one go on at the next stage", now.Version, ours.Version)
	case now.Version == ours.Version && now.Build != ours.Build && now.Build != before.Build:
		say("the engine is another build of Gantry %s than this one: `gantry engine restart` lets this one go on at the next stage", now.Version)
	}
}

// lose forgets a connection whose engine has ended.
func (c *Client) lose(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link == l {
		c.link, c.last, c.heard = nil, l.about, time.Unix(0, l.heard.Load())
		c.ways.follows = l.hands.Load()
	}
	l.close()
}

// Watch delivers what the journal and the engine say together. While no engine is there, it is what the journal says.
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

// first is for how long whoever looks on has what the directory says to itself, to draw it, before an engine is looked for,
// which has much to tell: on two processors the one would wait for the other.
const first = 25 * time.Millisecond

// known is what the engine knows now: nil while there is none, and why when none can be reached any more.
type known struct {
	now *moment
	err error
}

// moments are what whichever engine there is tells. The channel closes after one that could not be reached.
func (c *Client) moments(ctx context.Context) <-chan known {
	out := make(chan known)
	send := func(k known) bool {
		select {
		case out <- k:
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		defer close(out)
		if c.current() == nil {
			select {
			case <-time.After(first):
			case <-ctx.Done():
			}
		}
		for ctx.Err() == nil {
			l, err := c.reach(ctx)
			if err != nil {
				send(known{err: err})
				return
			}
			c.Told(true)
			l.moments(ctx, func(m moment) bool { return send(known{now: &m}) })
			c.Told(false)
			if ctx.Err() == nil {
				c.lose(l)
				send(known{})
			}
		}
	}()
	return out
}

// merge lays what the engine knows over what was journalled. Neither is shown before the other is as new.
func (c *Client) merge(ctx context.Context, journalled <-chan engine.Snapshot, moments <-chan known, out chan<- engine.Snapshot) {
	var snapshot engine.Snapshot
	var from known
	read := false
	for {
		var ready chan<- engine.Snapshot // out, when there is something to send
		if read && (from.now == nil || snapshot.Seq >= from.now.Seq) {
			ready = out
		}
		next := c.lay(from, snapshot)
	waiting:
		for {
			select {
			case s, open := <-journalled:
				if !open {
					return
				}
				snapshot, read = s, true
				break waiting
			case k, open := <-moments:
				if !open {
					return
				}
				from = k
				if k.err != nil {
					select {
					case out <- c.lay(from, snapshot):
					case <-ctx.Done():
					}
					return
				}
				if k.now != nil && k.now.Seq > snapshot.Seq && c.CatchUp(ctx) != nil {
					return
				}
				break waiting
			case ready <- next:
				ready = nil
			case <-ctx.Done():
				return
			}
		}
	}
}

// lay is the snapshot of the journal with what the engine knows, and what there is to tell of the engine itself.
func (c *Client) lay(from known, s engine.Snapshot) engine.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	if from.now != nil {
		s = from.now.over(s)
	}
	s.Elsewhere = c.ways.About.Program
	if c.link != nil {
		s.Elsewhere = c.link.about.String()
	}
	s.Notices = append(append([]engine.Notice(nil), s.Notices...), c.told...)
	if from.err != nil {
		s.Notices = append(s.Notices, engine.Notice{At: time.Now(), Text: from.err.Error(), Error: true})
	}
	return s
}

// again is how often a request is sent to the next engine when one has ended over it.
const tries = 3

// ask sends a request that changes something, and returns when what came of it can be read. Its id makes it apply once,
// though the engine ends over it and the next one is asked.
func (c *Client) ask(ctx context.Context, path string, request any) (answer, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return answer{}, err
	}
	for try := 1; ; try++ {
		l, err := c.reach(ctx)
		if err != nil {
			return answer{}, err
		}
		var a answer
		err = l.ask(ctx, http.MethodPost, path, body, &a)
		if err == nil {
			return a, c.CatchUp(ctx)
		}
		if !errors.Is(err, errGone) || try == tries {
			return answer{}, err
		}
		c.lose(l)
	}
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
