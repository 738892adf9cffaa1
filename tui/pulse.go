package tui

import (
	"reflect"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

const (
	// awake is how often the screen is drawn right after a frame was made, and so how soon a key shows what it did.
	awake = time.Millisecond
	// waking is how long: a frame is there before that.
	waking = 10 * time.Millisecond
	// dozing is how often for a while after that, and drowsy how long.
	dozing = 10 * time.Millisecond
	drowsy = 100 * time.Millisecond
	// asleep is how often when nothing happens: a frame that came too late for every pulse is drawn then.
	asleep = time.Second
)

// pulse slows Bubble Tea's drawing down while nothing happens. It draws by a ticker that never rests otherwise, and at
// 120 ticks a second an idle console takes two per cent of a core.
type pulse struct {
	program *tea.Program
	mu      sync.Mutex
	ticker  *time.Ticker // nil: not found yet
	rest    *time.Timer  // slows down after the newest beat
	beats   int
}

// beat tells that there is a frame to draw. It is called from the program's own loop.
func (p *pulse) beat() {
	if p.program == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ticker == nil {
		if p.ticker = tickerOf(p.program); p.ticker == nil {
			return
		}
	}
	if p.rest != nil {
		p.rest.Stop()
	}
	p.beats++
	newest := p.beats
	p.ticker.Reset(awake)
	p.rest = time.AfterFunc(waking, func() { p.slow(newest, dozing) })
}

// slow draws less often, and not at all often after a while, unless a beat came as the time was up.
func (p *pulse) slow(newest int, every time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if newest != p.beats {
		return
	}
	p.ticker.Reset(every)
	if every == dozing {
		p.rest = time.AfterFunc(drowsy, func() { p.slow(newest, asleep) })
	}
}

// stop ends the pulse: the program draws no more.
func (p *pulse) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rest != nil {
		p.rest.Stop()
	}
}

// tickerOf finds the ticker that a running program draws by, for which Bubble Tea has no setting; nil where a version
// of it keeps none there, and then it draws at its own rate as ever.
func tickerOf(p *tea.Program) *time.Ticker {
	renderer := reflect.ValueOf(p).Elem().FieldByName("renderer")
	if !renderer.IsValid() || renderer.Kind() != reflect.Interface || renderer.Elem().Kind() != reflect.Pointer {
		return nil
	}
	standard := renderer.Elem().Elem()
	if standard.Kind() != reflect.Struct {
		return nil
	}
	ticker := standard.FieldByName("ticker")
	if !ticker.IsValid() || ticker.Type() != reflect.TypeFor[*time.Ticker]() {
		return nil
	}
	return (*time.Ticker)(ticker.UnsafePointer())
}
