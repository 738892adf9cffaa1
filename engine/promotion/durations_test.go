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
	if usual, known := l.Usual()["orders"]["qa/e2e"]; known {
		t.Errorf("four successes make %s usual", usual)
	}
	took(10, 12, 40, 11, 13)
	if usual := l.Usual()["orders"]["qa/e2e"]; usual != 40*time.Second {
		t.Errorf("of five successes up to 40s, %s are usual", usual)
	}
	// One that was out of the ordinary in twenty is not usual.
	took(10, 10, 10, 10, 10, 10, 10, 10, 10, 90, 10, 10, 10, 10, 10, 10, 10, 10, 10, 12)
	if usual, expected := l.Usual()["orders"]["qa/e2e"], l.Expected()["orders"]["qa/e2e"]; usual != 12*time.Second || expected != 10*time.Second {
		t.Errorf("usual are %s, expected %s; want 12s and 10s", usual, expected)
	}
}
