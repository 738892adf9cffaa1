package plain

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// until cancels as soon as something was written that holds a text.
type until struct {
	strings.Builder
	want string
	then context.CancelFunc
}

func (u *until) Write(p []byte) (int, error) {
	n, err := u.Builder.Write(p)
	if strings.Contains(u.String(), u.want) {
		u.then()
	}
	return n, err
}

func TestAStageThatIsSlowerThanUsualIsToldOfThoughNothingHappens(t *testing.T) {
	for format, want := range map[string]string{
		Plain: "12:02:44 qa/e2e is slower than usual (p95 1m00s)\n",
		JSON:  `{"at":"2026-03-14T12:02:44Z","run":42,"type":"stage.slow","text":"qa/e2e is slower than usual (p95 1m00s)"}` + "\n",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		out := &until{want: want, then: cancel}
		_, err := Follow(ctx, situation.NewEngine(situation.SlowAndDrifted()), 42, out, Options{Format: format})
		if err == nil || strings.Count(out.String(), "slower") != 1 {
			t.Errorf("%s: %v, and it was told:\n%s", format, err, out.String())
		}
	}
}

func TestASlowStageIsToldOfOnceAndNotOnceItHasEnded(t *testing.T) {
	s := situation.SlowAndDrifted()
	var p pace
	defer p.stop()
	p.watch(s.Snapshot())
	if len(p.next) != 1 {
		t.Fatalf("%d stages are slow, or will be", len(p.next))
	}
	if err := p.tell(&sentences{io.Discard}, nil); err != nil {
		t.Fatal(err)
	}
	p.watch(s.Snapshot())
	if len(p.next) != 0 {
		t.Error("the same attempt is told of twice")
	}
	s.Fails(42, promotion.Result{Cause: "no"})
	p.watch(s.Snapshot())
	if len(p.next) != 0 || p.due() != nil {
		t.Error("what has ended is still waited for")
	}
}
