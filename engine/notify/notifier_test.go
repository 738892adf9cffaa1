package notify

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func TestWhatHappenedBeforeATargetWasConfiguredIsNotTold(t *testing.T) {
	r := receive(t, nil)
	w := newWorld(t, config.Notify{Name: "chat", Webhook: r.URL})
	w.fails(1)
	n := w.start()
	w.fails(2)
	n.Close(time.Minute)
	if d := r.next(t); d.Run != 2 {
		t.Errorf("told was run %d", d.Run)
	}
	r.nothing(t)
}

func TestARestartLosesNothingAndRepeatsNothing(t *testing.T) {
	r := receive(t, nil)
	w := newWorld(t, config.Notify{Name: "chat", Webhook: r.URL})
	n := w.start()
	w.fails(1)
	n.Close(time.Minute)
	w.fails(2) // the engine is gone as soon as it has journalled this
	w.begin(3, nil)
	n = w.start()
	w.end(3, promotion.VerbReportFailure)
	n.Close(time.Minute)
	for want := promotion.RunID(1); want <= 3; want++ {
		if d := r.next(t); d.Run != want {
			t.Errorf("told was run %d, want run %d", d.Run, want)
		}
	}
	r.nothing(t)
}

func TestWhatWasUnderWayInACrashIsToldAgainWithTheSameID(t *testing.T) {
	r := receive(t, nil)
	w := newWorld(t, config.Notify{Name: "chat", Webhook: r.URL})
	n := w.start()
	before, err := os.ReadFile(filepath.Join(w.dir, File))
	if err != nil {
		t.Fatal(err)
	}
	w.fails(1)
	n.Close(time.Minute)
	if err := os.WriteFile(filepath.Join(w.dir, File), before, 0o600); err != nil { // delivered, and killed before that was noted
		t.Fatal(err)
	}
	w.start().Close(time.Minute)
	if first, second := r.next(t), r.next(t); first.ID != second.ID {
		t.Errorf("the ids are %s and %s: the receiver cannot drop the double", first.ID, second.ID)
	}
}

func TestARunThatAsksAPersonIsToldOnceAndSaysWhoCanDoWhat(t *testing.T) {
	r := receive(t, nil)
	w := newWorld(t, config.Notify{Name: "chat", Webhook: r.URL, On: []string{"waits"}})
	n := w.start()
	w.begin(1, nil)
	w.end(1, promotion.VerbReportError)
	n.Wake()
	if d := r.next(t); d.Type != Waits || d.News != "waits" || d.Stage != "build/build" || !strings.Contains(d.Who, "retry or abort") || d.Reason == "" {
		t.Errorf("it says %s", d.body)
	}
	n.Close(time.Minute)
	w.start().Close(time.Minute)
	r.nothing(t)
}

func TestAWaitThatIsOverBeforeItWasToldNeedsNobody(t *testing.T) {
	r := receive(t, nil)
	w := newWorld(t, config.Notify{Name: "chat", Webhook: r.URL})
	w.start().Close(time.Minute)
	w.begin(1, nil)
	w.end(1, promotion.VerbReportError)
	w.do(promotion.Command{Run: 1, Verb: promotion.VerbRetry, Actor: "ada"})
	w.start().Close(time.Minute)
	r.nothing(t)
}

func TestWhoPausedARunKnowsThatItWaits(t *testing.T) {
	r := receive(t, nil)
	w := newWorld(t, config.Notify{Name: "chat", Webhook: r.URL})
	n := w.start()
	w.begin(1, func(p *promotion.Plan) {
		p.Columns[0].Stages = append(p.Columns[0].Stages, promotion.Stage{ID: "build/contract", Kind: promotion.KindContract})
	})
	w.do(promotion.Command{Run: 1, Verb: promotion.VerbPause, Actor: "ada"})
	w.end(1, promotion.VerbReportSuccess)
	n.Close(time.Minute)
	r.nothing(t)
}

func TestADrillSaysThatItIsOne(t *testing.T) {
	r := receive(t, nil)
	w := newWorld(t, config.Notify{Name: "chat", Webhook: r.URL})
	n := w.start()
	w.begin(1, func(p *promotion.Plan) { p.Drill = &promotion.Drill{Stage: "build/build", How: "fail"} })
	w.end(1, promotion.VerbReportFailure)
	n.Close(time.Minute)
	if d := r.next(t); !d.Drill || !strings.HasPrefix(d.Text, "DRILL") {
		t.Errorf("it says %s", d.body)
	}
}

func TestATargetIsToldOfWhatItAskedFor(t *testing.T) {
	failed, all := receive(t, nil), receive(t, nil)
	w := newWorld(t, config.Notify{Name: "failures", Webhook: failed.URL, On: []string{"failed"}}, config.Notify{Name: "all", Webhook: all.URL})
	n := w.start()
	w.begin(1, nil)
	w.end(1, promotion.VerbReportSuccess)
	w.fails(2)
	n.Close(time.Minute)
	if one, two := all.next(t), all.next(t); one.Run != 1 || one.News != "succeeded" || two.Run != 2 {
		t.Errorf("who wants all was told of run %d (%s) and run %d", one.Run, one.News, two.Run)
	}
	if d := failed.next(t); d.Run != 2 {
		t.Errorf("who wants failures was told of run %d", d.Run)
	}
	failed.nothing(t)
}

func TestAnEngineThatEndsDoesNotWaitForAReceiverThatHangs(t *testing.T) {
	leave := make(chan struct{})
	arrived := make(chan struct{}, 2)
	r := receive(t, func(int, http.ResponseWriter) { arrived <- struct{}{}; <-leave })
	defer close(leave)
	w := newWorld(t, config.Notify{Name: "chat", Webhook: r.URL, Timeout: time.Hour})
	n := w.start()
	w.fails(1)
	n.Wake()
	<-arrived
	n.Close(time.Millisecond)
	second := w.start()
	<-arrived // the next engine tells it
	second.Close(time.Millisecond)
}

func TestAWeekOldNotificationIsNotTold(t *testing.T) {
	r := receive(t, nil)
	w := newWorld(t, config.Notify{Name: "chat", Webhook: r.URL})
	w.start().Close(time.Minute)
	w.fails(1)
	w.mu.Lock()
	w.now = w.now.Add(7 * 24 * time.Hour)
	w.mu.Unlock()
	w.start().Close(time.Minute)
	r.nothing(t)
	if told := w.told(); len(told) != 1 || !strings.Contains(told[0], "older than a day") {
		t.Errorf("operators were told %q", told)
	}
}

func TestATargetThatIsConfiguredLaterIsToldFromThenOn(t *testing.T) {
	r := receive(t, nil)
	w := newWorld(t)
	n := w.start()
	w.fails(1)
	w.mu.Lock()
	w.targets = []config.Notify{{Name: "chat", Webhook: r.URL}}
	w.mu.Unlock()
	w.begin(2, nil)
	n.manage(t.Context())
	w.end(2, promotion.VerbReportFailure)
	n.Close(time.Minute)
	if d := r.next(t); d.Run != 2 {
		t.Errorf("told was run %d", d.Run)
	}
}

func TestACommandGetsTheMessageOnItsStandardInput(t *testing.T) {
	w := newWorld(t, config.Notify{Name: "desk", Command: "cat > told.json; test -z \"$HIDDEN\""})
	t.Setenv("HIDDEN", "not for commands")
	n := w.start()
	w.fails(1)
	n.Close(time.Minute)
	text, err := os.ReadFile(filepath.Join(w.dir, "told.json"))
	var m Message
	if err != nil || json.Unmarshal(text, &m) != nil || m.Run != 1 || m.News != "failed" {
		t.Errorf("it got %q, %v", text, err)
	}
	if told := w.told(); len(told) != 0 {
		t.Errorf("operators were told %q", told)
	}
}

func TestACommandThatFailsOrHangsIsTriedAgain(t *testing.T) {
	w := newWorld(t, config.Notify{Name: "desk", Command: "echo the pager is off >&2; exit 3"})
	n := w.start()
	w.fails(1)
	n.Close(time.Minute)
	if told := strings.Join(w.told(), "\n"); !strings.Contains(told, "exit status 3: the pager is off: it is tried again") {
		t.Errorf("operators were told %q", told)
	}
	hung := newWorld(t, config.Notify{Name: "desk", Command: "exec tail -f /dev/null", Timeout: 20 * time.Millisecond})
	n = hung.start()
	hung.fails(1)
	n.Close(time.Minute)
	if told := strings.Join(hung.told(), "\n"); !strings.Contains(told, "it took longer than 20ms: it is tried again") {
		t.Errorf("operators were told %q", told)
	}
}
