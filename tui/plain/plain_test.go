package plain

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // what is printed must not depend on where the test runs
	os.Exit(m.Run())
}

// follow follows run 42 of a story and gives what was printed.
func follow(t *testing.T, s *situation.Story, format string) (string, promotion.Run) {
	t.Helper()
	var out strings.Builder
	o := Options{Format: format, Now: func() time.Time { return s.Now }, Width: func() int { return 100 }}
	run, err := Follow(t.Context(), situation.NewEngine(s), 42, &out, o)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String(), run
}

func contains(t *testing.T, out string, want ...string) {
	t.Helper()
	for _, s := range want {
		if !strings.Contains(out, s) {
			t.Errorf("nothing says %q:\n%s", s, out)
		}
	}
}

func TestASuccessfulRunInSentences(t *testing.T) {
	out, run := follow(t, situation.Everything(), Plain)
	contains(t, out, "12:00:00 run 42 of orders started by ada: 1.8.0 f60728e \"Bulk discount\"", "build/build: unit succeeded in 12s, 214 tests passed",
		"12:00:56 dev/deploy started", "dev/deploy succeeded in 7.0s", "1.8.0 f60728e is live in qa (promoted)", "run 42 of orders ended: succeeded")
	if run.Outcome != promotion.Succeeded {
		t.Errorf("the outcome is %q", run.Outcome)
	}
}

func TestAFailureAndItsRollbacksAreToldTogether(t *testing.T) {
	out, _ := follow(t, situation.DevMovedOn(), Plain)
	contains(t, out, "qa/e2e failed in 1m52s, 1 of 31 tests failed: TestDiscountIsSubtractedOnce", "rolling back qa and dev",
		"run 44: qa/rollback succeeded in 6.0s", "the rollback of dev ended: left alone: dev has moved on", "run 42 of orders ended: rolled back")
	seen := strings.Index(out, "qa/e2e failed")
	if rolled := strings.Index(out, "run 44: qa/rollback"); rolled < seen {
		t.Error("the rollback is told before its cause")
	}
}

func TestWhatWasToldBeforeIsNotToldAgain(t *testing.T) {
	s := situation.Paused()
	e := situation.NewEngine(s)
	var out strings.Builder
	if _, err := Follow(t.Context(), e, 42, &out, Options{Since: s.Run(42).Seq}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "started by") || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("more is told than why it waits:\n%s", out.String())
	}
}

func TestFollowingEndsWhereAPersonIsNeededAndSaysWhyOnce(t *testing.T) {
	out, run := follow(t, situation.Paused(), Plain)
	if n := strings.Count(out, "run 42 waits: paused before prod/copy (an operator: resume or step)"); n != 1 {
		t.Errorf("it is said %d times why the run waits:\n%s", n, out)
	}
	if run.Done() {
		t.Error("the run has ended")
	}
}

func TestFollowingALiveRunToItsEnd(t *testing.T) {
	s := situation.QARunning()
	e := situation.NewEngine(s)
	out := &lockstep{lines: make(chan string, 1000)}
	ended := make(chan error, 1)
	go func() {
		_, err := Follow(t.Context(), e, 42, out, Options{})
		ended <- err
	}()
	out.until("qa/e2e started")
	e.Tell(func(s *situation.Story) { s.Completes(42) })
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	out.until("run 42 of orders ended: succeeded")
}

// lockstep hands every write to the test.
type lockstep struct{ lines chan string }

func (l *lockstep) Write(p []byte) (int, error) {
	l.lines <- string(p)
	return len(p), nil
}

func (l *lockstep) until(want string) {
	for line := range l.lines {
		if strings.Contains(line, want) {
			return
		}
	}
}

func TestJSONIsOneEventALineAndEndsWithTheOutcome(t *testing.T) {
	out, _ := follow(t, situation.DevMovedOn(), JSON)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var last struct {
		Type, Outcome string
		Release       promotion.Release
		Environments  map[string]struct{ Release *promotion.Release }
	}
	finished := 0
	for _, line := range lines {
		var e struct {
			Type promotion.EventType
			Run  promotion.RunID
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Type == promotion.RunFinished && e.Run == 42 {
			finished++
		}
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatal(err)
	}
	if finished != 1 || last.Type != "run.finished" || last.Outcome != "rolled back" || last.Release.Version != "1.8.0" {
		t.Errorf("%d ends; the last line is %s", finished, lines[len(lines)-1])
	}
	for environment, want := range map[string]string{"dev": "1.9.0", "qa": "1.7.4", "prod": "1.7.4"} {
		if got := last.Environments[environment].Release; got == nil || got.Version != want {
			t.Errorf("%s has %v, want %s", environment, got, want)
		}
	}
	contains(t, out, `"type":"stage.succeeded"`, `"stage":"qa/deploy","attempt":1`)
	held, _ := follow(t, situation.Paused(), JSON)
	contains(t, held, `"type":"run.finished","outcome":"held"`)
}

func TestProgressRedrawsItsBlockInPlace(t *testing.T) {
	out, _ := follow(t, situation.Paused(), Progress)
	contains(t, out, "orders run 42", "Dev", "5 of 5 stages", "Prod", "paused")
	if strings.Contains(out, "?1049h") {
		t.Error("progress took the alternate screen")
	}
}

func TestProgressShowsTheEnvironmentsThatTheRunEnters(t *testing.T) {
	s := situation.RolledBackByHand()
	runs := s.Snapshot().Runs
	back := runs[slices.IndexFunc(runs, func(r promotion.Run) bool { return r.Plan.Kind == promotion.Rollback })]
	var out strings.Builder
	if _, err := Follow(t.Context(), situation.NewEngine(s), back.ID, &out, Options{Format: Progress}); err != nil {
		t.Fatal(err)
	}
	contains(t, out.String(), "QA", "2 of 2 stages")
	if strings.Contains(out.String(), "0 of 0 stages") {
		t.Errorf("a rollback of QA tells of environments that it does not enter:\n%s", out.String())
	}
}

func TestARunThatIsNotThere(t *testing.T) {
	_, err := Follow(t.Context(), situation.NewEngine(situation.New()), 7, &strings.Builder{}, Options{})
	if err == nil || !strings.Contains(err.Error(), "there is no run 7") {
		t.Errorf("the error is %v", err)
	}
}

func TestACancelledContextEndsTheFollowingOnly(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Follow(ctx, situation.NewEngine(situation.QARunning()), 42, &strings.Builder{}, Options{})
	if err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("the error is %v", err)
	}
}

func TestStatusAsTableAndAsJSON(t *testing.T) {
	s := situation.Everything()
	all, err := situation.NewEngine(s).Status(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	all[0].Recorded.Release.Dirty, all[1].Live.Detail = "5d1f0aa", "GET /healthz answers 503"
	all[1].Live.Healthy, all[1].Drift, all[2].Live, all[2].Error = false, "qa runs another digest", nil, "the platform did not answer"
	all[0].Live.Unsettled, all[0].Live.Detail = true, "deployment 7 goes on: BAKE_TIME"
	var table, lines strings.Builder
	if err := Status(&table, all, Plain); err != nil {
		t.Fatal(err)
	}
	contains(t, table.String(), "SERVICE", "1.8.0 f60728e", "+dirty", "healthy", "unhealthy", "GET /healthz answers 503", "qa runs another digest", "unknown", "the platform did not answer", "goes on: BAKE_TIME")
	if err := Status(&lines, all, JSON); err != nil {
		t.Fatal(err)
	}
	var parsed []map[string]any
	if err := json.Unmarshal([]byte(lines.String()), &parsed); err != nil || len(parsed) != 3 {
		t.Fatalf("%v: %s", err, lines.String())
	}
	for _, key := range []string{"service", "team", "environment", "release", "since", "health", "last_good", "drift", "hold"} {
		if _, found := parsed[0][key]; !found {
			t.Errorf("%q is missing: %v", key, parsed[0])
		}
	}
	release := parsed[0]["release"].(map[string]any)
	for _, key := range []string{"version", "commit", "image", "digest"} {
		if release[key] == "" || release[key] == nil {
			t.Errorf("release.%s is missing: %v", key, release)
		}
	}
}

func TestWhoHearsItGetsSentencesAndNoTable(t *testing.T) {
	s := situation.DevMovedOn()
	all, err := situation.NewEngine(s).Status(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	all[1].Live.Healthy, all[1].Live.Detail, all[1].Hold = false, "GET /healthz answers 503", "kim holds it"
	all[2].Live, all[2].Recorded, all[2].LastGood = nil, nil, nil
	var said strings.Builder
	if err := SayStatus(&said, all); err != nil {
		t.Fatal(err)
	}
	if err := SayRuns(&said, s.Snapshot().Runs, s.Now); err != nil {
		t.Fatal(err)
	}
	contains(t, said.String(), "orders in Dev: ", " is live since ", ", healthy", ", unhealthy; ", "GET /healthz answers 503; kim holds it.",
		"orders in Prod: nothing is live.", "Run 42 of orders, promotion of 1.8.0 f60728e, started ", ": rolled back: qa/e2e failed")
	for _, alien := range []string{"—", "SERVICE", "  "} {
		if strings.Contains(said.String(), alien) {
			t.Errorf("%q cannot be read aloud:\n%s", alien, said.String())
		}
	}
}

func TestARunThatHasEndedWaitsForNothing(t *testing.T) {
	s := situation.DevMovedOn()
	var ended, goes strings.Builder
	if err := Show(&ended, s.Run(42), engine.Changes{}, Plain, s.Now); err != nil {
		t.Fatal(err)
	}
	if contains(t, ended.String(), "deploy         not reached"); strings.Contains(ended.String(), "waiting") {
		t.Errorf("something waits in a run that has ended:\n%s", ended.String())
	}
	s = situation.QARunning()
	if err := Show(&goes, s.Run(42), engine.Changes{}, Plain, s.Now); err != nil {
		t.Fatal(err)
	}
	contains(t, goes.String(), "deploy         waiting")
}

func TestASentenceThatNamesItsRunDoesNotNameItTwice(t *testing.T) {
	s := situation.QARunning()
	for _, kind := range []promotion.EventType{promotion.RunPaused, promotion.RunResumed, promotion.RunStepped} {
		var said strings.Builder
		p := &sentences{w: &said}
		if err := p.event(s.Run(42), promotion.Event{Type: kind, Run: 42, Actor: "kim", At: s.Now}, false); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(said.String(), "run 42"); n != 1 {
			t.Errorf("%s: the run is named %d times: %s", kind, n, said.String())
		}
	}
}

func TestRunsAndShow(t *testing.T) {
	s := situation.DevMovedOn()
	var list, one, asJSON strings.Builder
	if err := Runs(&list, s.Snapshot().Runs, Plain, s.Now); err != nil {
		t.Fatal(err)
	}
	contains(t, list.String(), "RUN", "42", "rolled back: qa/e2e failed", "promotion", "rollback")
	if err := Show(&one, s.Run(42), engine.Changes{}, Plain, s.Now); err != nil {
		t.Fatal(err)
	}
	contains(t, one.String(), "run 42 of orders: rolled back", "e2e            failed: TestDiscountIsSubtractedOnce", "attempt 1 failed in 1m52s", "rollback of dev: run 45 left alone")
	if err := Show(&asJSON, s.Run(42), engine.Changes{}, JSON, s.Now); err != nil {
		t.Fatal(err)
	}
	contains(t, asJSON.String(), `"service": "orders"`, `"state": "rolled back"`, `"columns"`)
}

func TestShowSaysWhenThereIsNothingToCompareWith(t *testing.T) {
	s := situation.DevMovedOn()
	var said, asJSON strings.Builder
	changes := engine.Changes{Run: 42, First: "qa", Without: "no release of orders was ever good in qa"}
	if err := errors.Join(Show(&said, s.Run(42), changes, Plain, s.Now), Show(&asJSON, s.Run(42), changes, JSON, s.Now)); err != nil {
		t.Fatal(err)
	}
	contains(t, said.String(), "what has changed: no release of orders was ever good in qa")
	contains(t, asJSON.String(), `"first": "qa"`, `"without": "no release of orders was ever good in qa"`)
}

func TestLogsOfAnAttemptAreCleaned(t *testing.T) {
	s := situation.Hostile()
	var out strings.Builder
	if err := Logs(t.Context(), &out, situation.NewEngine(s), 1, "build/build", 0, true); err != nil {
		t.Fatal(err)
	}
	contains(t, out.String(), "loading 100%", "run  red")
	if strings.ContainsAny(out.String(), "\x1b\r\x07") {
		t.Errorf("a log wrote to the terminal: %q", out.String())
	}
}

func TestWatchTellsOnlyWhatIsNew(t *testing.T) {
	s := situation.QARunning()
	e := situation.NewEngine(s)
	ctx, cancel := context.WithCancel(t.Context())
	out, ended := &lockstep{lines: make(chan string, 1000)}, make(chan error, 1)
	subscribed := make(chan struct{})
	go func() { ended <- Watch(ctx, &announced{Engine: e, watching: subscribed}, out, Plain) }()
	<-subscribed
	e.Tell(func(s *situation.Story) { s.Succeeds(42) })
	first := <-out.lines
	if !strings.Contains(first, "run 42: qa/e2e succeeded") {
		t.Errorf("the first line is %q", first)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// announced says when the first snapshot has been dealt with.
type announced struct {
	*situation.Engine
	watching chan struct{}
}

func (a *announced) Watch(ctx context.Context) <-chan engine.Snapshot {
	in, out := a.Engine.Watch(ctx), make(chan engine.Snapshot)
	go func() {
		defer close(out)
		n := 0
		for s := range in {
			select {
			case out <- s:
			case <-ctx.Done():
				return
			}
			if n++; n == 1 {
				a.Tell(func(*situation.Story) {})
			} else if n == 2 {
				close(a.watching) // the second one is taken, so the first one has been dealt with
			}
		}
	}()
	return out
}

func TestWhatTheEngineSaysIsToldOnceInEveryFormat(t *testing.T) {
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	full := engine.Notice{At: at, Text: "the journal cannot be written: \x1b[31mthe disk is full", Error: true}
	again := engine.Notice{At: at, Text: "the journal can be written again"}
	for format, want := range map[string][]string{
		Plain: {"12:00:00 gantry: the journal cannot be written: the disk is full\n", "12:00:00 gantry: the journal can be written again\n"},
		JSON:  {`"type":"notice","text":"the journal cannot be written: \u001b[31mthe disk is full","error":true`, `"text":"the journal can be written again","error":false`},
	} {
		var out strings.Builder
		p, err := newPrinter(&out, Options{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		told := notices{}
		for _, s := range []engine.Snapshot{{}, {Notices: []engine.Notice{full}}, {Notices: []engine.Notice{full}}, {Notices: []engine.Notice{full, again}}} {
			if err := told.tell(p, s); err != nil {
				t.Fatal(err)
			}
		}
		contains(t, out.String(), want...)
		if strings.Count(out.String(), "cannot be written") != 1 || strings.Contains(out.String(), "\x1b") {
			t.Errorf("%s is %q", format, out.String())
		}
	}
}

func TestProgressShowsTroubleWhileItLasts(t *testing.T) {
	s := situation.QARunning()
	var out strings.Builder
	p := newProgress(&out, Options{Now: func() time.Time { return s.Now }, Width: func() int { return 100 }})
	draw := func(n engine.Notice) string {
		out.Reset()
		_ = p.notice(n)
		if err := p.state(s.Snapshot(), s.Run(42)); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if shown := draw(engine.Notice{Text: "the disk is full", Error: true}); !strings.Contains(shown, "the disk is full") {
		t.Errorf("nothing tells of it: %q", shown)
	}
	if shown := draw(engine.Notice{Text: "the journal can be written again"}); strings.Contains(shown, "disk") {
		t.Errorf("it is told still: %q", shown)
	}
}

func TestShowTellsOfFlakesBudgetsAndPeoplesWords(t *testing.T) {
	s := situation.Overridden()
	var out strings.Builder
	if err := Show(&out, s.Run(42), engine.Changes{}, Plain, s.Now); err != nil {
		t.Fatal(err)
	}
	contains(t, out.String(), "flaky: it failed before", "over its budget of 5s", "overridden")
}

func TestAFailedRollbackIsLeftWithTheNextStep(t *testing.T) {
	var out strings.Builder
	if err := Show(&out, situation.RollbackFailed().Run(42), engine.Changes{}, Plain, time.Now()); err != nil {
		t.Fatal(err)
	}
	contains(t, out.String(), "prod is not rolled back: see what is live with `gantry status orders`, roll it back anew with `gantry rollback orders prod`", "team     checkout", "image    sha256:")
}
