package plain

import (
	"fmt"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
)

// pace waits for the moment at which a running stage becomes slower than usual, though nothing else happens then.
type pace struct {
	next  []present.Slow // still to come, the first one first
	told  map[string]bool
	timer *time.Timer // for the first one
	now   time.Time   // of the newest snapshot
	main  promotion.RunID
}

// watch takes up what runs now: of these runs, or of all.
func (p *pace) watch(s engine.Snapshot, runs ...promotion.RunID) {
	p.stop()
	p.now = s.At
	p.next = slices.DeleteFunc(present.NewWorld(s).Slows(), func(slow present.Slow) bool {
		return p.told[keyOf(slow)] || (len(runs) > 0 && !slices.Contains(runs, slow.Run))
	})
	slices.SortStableFunc(p.next, func(a, b present.Slow) int { return a.At.Compare(b.At) })
	p.start()
}

func (p *pace) start() {
	if len(p.next) > 0 {
		p.timer = time.NewTimer(p.next[0].At.Sub(p.now))
	}
}

// due tells of the moment; a nil channel when there is none to wait for.
func (p *pace) due() <-chan time.Time {
	if p.timer == nil {
		return nil
	}
	return p.timer.C
}

// tell says that the first one is slow now, and waits for the next.
func (p *pace) tell(out printer, runs map[promotion.RunID]promotion.Run) error {
	slow := p.next[0]
	p.next, p.timer = p.next[1:], nil
	if p.told == nil {
		p.told = map[string]bool{}
	}
	p.told[keyOf(slow)] = true
	if slow.At.After(p.now) {
		p.now = slow.At
	}
	p.start()
	return out.slow(runs[slow.Run], slow.Text, p.now, slow.Run == p.main)
}

func (p *pace) stop() {
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
}

func keyOf(s present.Slow) string { return fmt.Sprint(s.Run, s.Stage, s.Attempt) }
