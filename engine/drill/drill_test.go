package drill

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// wantNoVerdict fails unless the stage ended without a verdict, and with these words.
func wantNoVerdict(t *testing.T, err error, words ...string) {
	t.Helper()
	var verdict *engine.Verdict
	if err == nil || errors.As(err, &verdict) {
		t.Fatalf("got %v, want an error without a verdict", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("nothing says %q: %v", word, err)
		}
	}
}

// What is altered on its way is found out by the registry that receives it, or by Gantry that reads it back: it is never
// taken for the release.
func TestScenarioCopiedDigestDiffers(t *testing.T) {
	w := newWorld(t)
	w.must("dev/push")
	err := w.attempt("qa/copy", 1, promotion.DrillCorrupt)
	if !errors.Is(err, images.ErrDigestMismatch) {
		t.Errorf("got %v", err)
	}
	wantNoVerdict(t, err, "copy the application image from", "have the digest")
	if w.has(w.qa) {
		t.Error("qa has what differs")
	}
	if text := w.text(); !strings.Contains(text, "DRILL: what qa/copy sends arrives corrupted") {
		t.Errorf("the log holds:\n%s", text)
	}
	w.must("qa/copy")
	if !w.has(w.qa) {
		t.Error("copied again, it is not there")
	}
	// What is there already is read back all the same.
	if err := w.attempt("qa/copy", 1, promotion.DrillCorrupt); !errors.Is(err, images.ErrDigestMismatch) {
		t.Errorf("with the image in qa: %v", err)
	}
}

func TestAPushThatArrivesCorruptedIsFoundOut(t *testing.T) {
	w := newWorld(t)
	if err := w.attempt("dev/push", 1, promotion.DrillCorrupt); !errors.Is(err, images.ErrDigestMismatch) || w.has(w.dev) {
		t.Errorf("got %v", err)
	}
	w.must("dev/push")
}

func TestARegistryThatIsDownRefusesConnectionsAndOnlyTheStagesOwn(t *testing.T) {
	w := newWorld(t)
	var qa, dev images.Repository
	_, err := Rehearse(t.Context(), w.job(promotion.Stage{ID: "qa/copy"}, 1, promotion.DrillRefuse), func(ctx context.Context, job *stages.Job) (promotion.Result, error) {
		for environment, repository := range map[string]*images.Repository{"qa": &qa, "dev": &dev} {
			at, err := job.Environments(environment)
			if err != nil {
				return promotion.Result{}, err
			}
			if *repository, err = at.Repository(ctx, promotion.Slot{Service: "orders"}, ""); err != nil {
				return promotion.Result{}, err
			}
		}
		return promotion.Result{}, images.Reach(ctx, qa, images.WithTries(1))
	}, nil)
	if !errors.Is(err, syscall.ECONNREFUSED) || !errors.Is(err, images.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
	if err := images.Reach(t.Context(), dev); err != nil {
		t.Errorf("the other environment's registry is down too: %v", err)
	}
}

func TestOfALostEnvironmentNothingCanBeAsked(t *testing.T) {
	w := newWorld(t)
	gone := reflect.ValueOf(engine.Environment(lost{w.qa}))
	port := reflect.TypeFor[engine.Environment]()
	for method := range port.NumMethod() {
		call := gone.MethodByName(port.Method(method).Name)
		var in []reflect.Value
		for i := range call.Type().NumIn() {
			in = append(in, reflect.Zero(call.Type().In(i)))
		}
		out := call.Call(in)
		if len(in) == 0 { // its name, its variables, its secrets: they are configured
			continue
		}
		if err, _ := out[len(out)-1].Interface().(error); !errors.Is(err, syscall.EHOSTUNREACH) || !strings.Contains(err.Error(), "in qa") {
			t.Errorf("%s: %v", port.Method(method).Name, err)
		}
	}
}

func TestAStageThatLosesItsEnvironmentHasNoVerdict(t *testing.T) {
	for _, stage := range []promotion.StageID{"qa/copy", "qa/migrate", "qa/deploy", "qa/acceptance", "qa/e2e"} {
		t.Run(stage.Name(), func(t *testing.T) {
			w := newWorld(t)
			wantNoVerdict(t, w.attempt(stage, 1, promotion.DrillLost), "drill:", "in qa", "no route to host")
			if w.qa.live != nil {
				t.Error("something was deployed")
			}
		})
	}
}

func TestADrillOfWhichTheStageNoticesNothingIsNoSuccess(t *testing.T) {
	w := newWorld(t)
	_, err := Rehearse(t.Context(), w.job(promotion.Stage{ID: "qa/publish"}, 1, promotion.DrillLost), func(context.Context, *stages.Job) (promotion.Result, error) {
		return promotion.Result{}, nil
	}, nil)
	wantNoVerdict(t, err, "succeeded all the same")
}

func TestWhatAPersonRetriesIsReal(t *testing.T) {
	flaky := promotion.Stage{ID: "qa/deploy", Retries: 2, RetryFailed: true}
	for situation, c := range map[string]struct {
		how       string
		stage     promotion.Stage
		rehearsed int // attempts
	}{
		"an error is repeated by the engine":       {promotion.DrillError, promotion.Stage{ID: "qa/deploy", Retries: 2}, 3},
		"a loss is repeated by the engine":         {promotion.DrillLost, promotion.Stage{ID: "qa/deploy", Retries: 2}, 3},
		"a verdict stands":                         {promotion.DrillFail, promotion.Stage{ID: "qa/deploy", Retries: 2}, 1},
		"a verdict that is repeated if asked":      {promotion.DrillFail, flaky, 3},
		"what must run once is not repeated":       {promotion.DrillError, promotion.Stage{ID: "qa/deploy", Retries: 2, Once: true}, 1},
		"a hung stage asks":                        {promotion.DrillHang, promotion.Stage{ID: "qa/deploy", Retries: 2}, 1},
		"a crash is resumed":                       {promotion.DrillCrash, promotion.Stage{ID: "qa/deploy", Retries: 2}, 1},
		"slowness is over after the first attempt": {promotion.DrillSlow, promotion.Stage{ID: "qa/deploy", Retries: 2}, 1},
		"another stage is left alone":              {promotion.DrillError, promotion.Stage{ID: "qa/copy", Retries: 2}, 0},
	} {
		d := promotion.Drill{Stage: "qa/deploy", How: c.how}
		n := 0
		for due(d, c.stage, n+1) {
			n++
		}
		if n != c.rehearsed {
			t.Errorf("%s: %d attempts are rehearsed, want %d", situation, n, c.rehearsed)
		}
	}
}

func TestASlowStageTakesLongerThanUsualAndEndsAsItDoes(t *testing.T) {
	w := newWorld(t)
	const deadline = 400 * time.Millisecond
	job := w.job(promotion.Stage{ID: "dev/push", Deadline: promotion.Duration(deadline)}, 1, promotion.DrillSlow)
	began := time.Now()
	if _, err := Rehearse(t.Context(), job, stages.Execute, nil); err != nil || !w.has(w.dev) {
		t.Fatalf("got %v", err)
	}
	if took := time.Since(began); took < deadline/4 {
		t.Errorf("it took %s, and was to be held up for %s", took, deadline/4)
	}
}

func TestABrakeTakesAQuarterOfTheDeadlineAtMost(t *testing.T) {
	for deadline, want := range map[time.Duration]time.Duration{0: atMost, time.Minute: 15 * time.Second, time.Hour: atMost} {
		if b := newBrake(t.Context(), promotion.Stage{Deadline: promotion.Duration(deadline)}); b.left != want {
			t.Errorf("of %s it takes %s, want %s", deadline, b.left, want)
		}
	}
	b := newBrake(t.Context(), promotion.Stage{Deadline: promotion.Duration(40 * time.Millisecond)})
	for range 100 {
		b.press(time.Hour)
	}
	if b.left != 0 {
		t.Errorf("%s is left", b.left)
	}
}

func TestEverythingThatASlowStageDoesIsHeldUp(t *testing.T) {
	w := newWorld(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel() // nothing is waited for, and still counted
	slow := slowed(ended, w.job(promotion.Stage{ID: "dev/deploy"}, 1, promotion.DrillSlow))
	b := slow.Log.(slowLog).brake
	dev, err := slow.Environments("dev")
	if err != nil {
		t.Fatal(err)
	}
	in, err := dev.Repository(t.Context(), promotion.Slot{Service: "orders"}, "")
	if err != nil {
		t.Fatal(err)
	}
	out := slow.Log.Writer("step")
	for what, do := range map[string]func() error{
		"a step":      func() error { slow.Report(promotion.Step{Name: "compile"}); return nil },
		"a deploy":    func() error { _, err := dev.Deploy(t.Context(), engine.Rollout{}, out); return err },
		"a migration": func() error { return dev.Migrate(t.Context(), engine.Migration{}, out) },
		"an address":  func() error { _, err := dev.Endpoint(t.Context(), promotion.Slot{}); return err },
		"a request":   func() error { return images.Reach(t.Context(), in) },
		"a line":      func() error { _, err := out.Write([]byte("line\n")); return err },
	} {
		before := b.left
		if err := do(); err != nil || b.left >= before {
			t.Errorf("%s: %v, with %s left of %s", what, err, b.left, before)
		}
	}
}

func TestAHangEndsWithItsDeadlineAndAFailureIsAVerdict(t *testing.T) {
	w := newWorld(t)
	over := errors.New("past the deadline")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(over)
	if _, err := Rehearse(ctx, w.job(promotion.Stage{ID: "dev/push"}, 1, promotion.DrillHang), stages.Execute, nil); !errors.Is(err, over) {
		t.Errorf("a hang: %v", err)
	}
	var verdict *engine.Verdict
	if err := w.attempt("dev/push", 1, promotion.DrillFail); !errors.As(err, &verdict) {
		t.Errorf("a failure: %v", err)
	}
	wantNoVerdict(t, w.attempt("dev/push", 1, promotion.DrillError), "drill")
	if w.has(w.dev) {
		t.Error("the rehearsed stage was executed")
	}
}
