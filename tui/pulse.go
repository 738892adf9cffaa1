package tui

import (
	"reflect"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

const (
	// awake is how often the screen is drawn while something happens, and so how soon a key shows what it did.
	awake = 4 * time.Millisecond
	// asleep is how often when nothing does: a frame that came too late for the last pulse is drawn then.
	asleep = 250 * time.Millisecond
	// drowsy is how long after the last frame drawing slows down.
	drowsy = 100 * time.Millisecond
)

// pulse slows Bubble Tea's drawing down while nothing happens. It draws by a ticker that never rests otherwise, and at
// 120 ticks a second an idle console takes two per cent of a core.
type pulse struct {
	program *tea.Program
	mu      sync.Mutex
	ticker  *time.Ticker // nil: not found yet
	rest    *time.Timer  // slows down after the newest beat
	beats   int
	fast    bool
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
	p.rest = time.AfterFunc(drowsy, func() { p.slow(newest) })
	if !p.fast {
		p.fast = true
		p.ticker.Reset(awake)
	}
}

func (p *pulse) slow(newest int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if newest != p.beats {
		return // a beat came as the time was up
	}
	p.fast = false
	p.ticker.Reset(asleep)
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
