package promotion

import (
	"testing"
	"time"
)

func TestWhatAStageUsuallyTakesIsSaidOnceItHasSucceededOftenEnough(t *testing.T) {
	l := NewLedger()
	took := func(seconds ...int) {
		l = NewLedger()
		for _, s := range seconds {
			l.took("orders", "qa/e2e", Duration(time.Duration(s)*time.Second))
		}
	}
	took(10, 12, 40, 11)
	pace := func() Pace { return l.Paces().Of("orders", "qa/e2e") }
	if usual := pace().Usual; usual != 0 {
		t.Errorf("four successes make %s usual", usual)
	}
	took(10, 12, 40, 11, 13)
	if usual := pace().Usual; usual != 40*time.Second {
		t.Errorf("of five successes up to 40s, %s are usual", usual)
	}
	// One that was out of the ordinary in twenty is not usual.
	took(10, 10, 10, 10, 10, 10, 10, 10, 10, 90, 10, 10, 10, 10, 10, 10, 10, 10, 10, 12)
	if p := pace(); p.Usual != 12*time.Second || p.Expected != 10*time.Second {
		t.Errorf("usual are %s, expected %s; want 12s and 10s", p.Usual, p.Expected)
	}
}

func TestPacesSayWhatTheySaidWhateverIsLearntAfterwards(t *testing.T) {
	l := NewLedger()
	l.took("orders", "qa/e2e", Duration(10*time.Second))
	before := l.Paces()
	l.took("orders", "qa/e2e", Duration(30*time.Second))
	l.took("billing", "qa/e2e", Duration(7*time.Second))
	for p, want := range map[*Paces][2]time.Duration{&before: {10 * time.Second, 0}, new(l.Paces()): {30 * time.Second, 7 * time.Second}} {
		if orders, billing := p.Of("orders", "qa/e2e").Expected, p.Of("billing", "qa/e2e").Expected; orders != want[0] || billing != want[1] {
			t.Errorf("orders takes %s and billing %s, want %v", orders, billing, want)
		}
	}
	if (Paces{}).Of("orders", "qa/e2e") != (Pace{}) {
		t.Error("no paces know one")
	}
}
