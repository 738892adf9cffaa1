package attach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// fake is an engine that does nothing but tell what it was asked for. It is its own journal.
type fake struct {
	Engine // what no test asks for

	mu      sync.Mutex
	state   *engine.Snapshot
	changed chan struct{} // closed with every change

	last   chan any // the newest request
	refuse error
	drains chan struct{}
	closed chan struct{}
}

func newFake() *fake {
	return &fake{changed: make(chan struct{}), last: make(chan any, 1), drains: make(chan struct{}, 1), closed: make(chan struct{})}
}

func (f *fake) asked(r any) error {
	if f.refuse == nil {
		f.last <- r
	}
	return f.refuse
}

func (f *fake) Start(_ context.Context, r engine.StartRequest) (promotion.RunID, error) {
	return 7, f.asked(r)
}
func (f *fake) Command(_ context.Context, c promotion.Command) error { return f.asked(c) }
func (f *fake) CommandSlot(_ context.Context, r engine.SlotRequest) ([]promotion.Slot, error) {
	return []promotion.Slot{{Environment: "qa", Service: r.Service}}, f.asked(r)
}

// shows lets the engine, or the journal, be so from now on.
func (f *fake) shows(s engine.Snapshot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state = &s
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *fake) Watch(ctx context.Context) <-chan engine.Snapshot {
	out := make(chan engine.Snapshot)
	go func() {
		defer close(out)
		for shown := (*engine.Snapshot)(nil); ; {
			f.mu.Lock()
			state, changed := f.state, f.changed
			f.mu.Unlock()
			if state != nil && state != shown {
				select {
				case out <- *state:
					shown = state
					continue
				case <-ctx.Done():
					return
				case <-f.closed:
					return
				}
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			case <-f.closed:
				return
			}
		}
	}()
	return out
}
func (f *fake) Drain(context.Context) error   { f.drains <- struct{}{}; return nil }
func (f *fake) CatchUp(context.Context) error { return nil }
func (f *fake) Close() error                  { close(f.closed); return nil }

var (
	ada   = Caller{Operator: "ada", Program: "gantry"}
	grace = Caller{Operator: "grace", Program: "gantry run orders"}
)

// hosted is an engine that others attach to, in a state directory of its own.
func hosted(t *testing.T, e *fake) (h Engine, state string) {
	t.Helper()
	state = t.TempDir()
	h, err := Host(e, state, About{PID: 12, Program: "gantry"}, ada, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		select {
		case <-e.closed:
		default:
			_ = h.Close()
		}
	})
	return h, state
}

func dial(t *testing.T, state string, reader Reader) *Client {
	t.Helper()
	c, err := Dial(t.Context(), state, reader, grace)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatIsAskedOverTheSocketReachesTheEngineWhole(t *testing.T) {
	e := newFake()
	_, state := hosted(t, e)
	c := dial(t, state, newFake())
	if c.About().String() != "gantry (pid 12)" || c.About().API != API {
		t.Errorf("it says of itself %+v", c.About())
	}
	asked := engine.StartRequest{ID: "s1", Service: "orders", Team: "checkout", Commit: "3f9c1e2", Until: "qa", Step: true,
		Drill: &promotion.Drill{Stage: "qa/e2e", How: "fail"}, Actor: "grace", Trigger: "merge", Plan: "abc"}
	id, err := c.Start(t.Context(), asked)
	asked.Trigger = "operator" // nobody can pretend to be a merge
	if got := <-e.last; err != nil || id != 7 || !reflect.DeepEqual(got, asked) {
		t.Errorf("run %d (%v) of %+v", id, err, got)
	}
	until := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	command := promotion.Command{ID: "c1", Run: 42, Verb: promotion.VerbExtend, Actor: "grace", Reason: "INC-7", Stage: "qa/e2e", Environment: "qa", Digest: "sha256:1", Until: &until}
	if err := c.Command(t.Context(), command); err != nil {
		t.Fatal(err)
	}
	got := (<-e.last).(promotion.Command)
	if got.Until == nil || !got.Until.Equal(until) {
		t.Errorf("until %v", got.Until)
	}
	got.Until, command.Until = nil, nil
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", command) {
		t.Errorf("got  %+v\nwant %+v", got, command)
	}
	slots, err := c.CommandSlot(t.Context(), engine.SlotRequest{Verb: promotion.VerbHold, Service: "orders", Environment: "qa", Actor: "grace", Reason: "look"})
	if err != nil || len(slots) != 1 || slots[0].String() != "qa/orders" {
		t.Errorf("it holds %v (%v)", slots, err)
	}
}

func TestARefusalIsTheSameOverTheSocket(t *testing.T) {
	e := newFake()
	_, state := hosted(t, e)
	c := dial(t, state, newFake())
	refused := promotion.Refusal{Verb: promotion.VerbPause, Why: "run 42 has ended", Instead: "start a new run"}
	e.refuse = &refused
	var refusal *promotion.Refusal
	if err := c.Command(t.Context(), promotion.Command{Run: 42, Verb: promotion.VerbPause}); !errors.As(err, &refusal) || *refusal != refused {
		t.Errorf("got %v", err)
	}
	e.refuse = errors.New(`there is no service "nope"`)
	if _, err := c.Start(t.Context(), engine.StartRequest{Service: "nope"}); err == nil || err.Error() != e.refuse.Error() {
		t.Errorf("got %v", err)
	}
}

func TestWhatNoOperatorMayAskIsRefusedAtTheDoor(t *testing.T) {
	e := newFake()
	_, state := hosted(t, e)
	c := dial(t, state, newFake())
	if err := c.Command(t.Context(), promotion.Command{Run: 42, Verb: promotion.VerbReportSuccess}); err == nil || !strings.Contains(err.Error(), "nothing that an operator asks") {
		t.Errorf("a report of an attempt's end: %v", err)
	}
	for body, want := range map[string]string{
		`{"service": "orders", "shell": "rm"}`: "unknown field",
		`{`:                                    "cannot be understood",
		"":                                     "cannot be understood",
	} {
		if _, err := c.do(t.Context(), http.MethodPost, pathStart, []byte(body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://engine"+pathStart, strings.NewReader(`{"service":"orders"}`))
	request.Header.Set(header, "99")
	response, err := c.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	said, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusUpgradeRequired || !strings.Contains(string(said), "speaks version 1") {
		t.Errorf("version 99 of the API is answered %s: %s", response.Status, said)
	}
	select {
	case got := <-e.last:
		t.Errorf("the engine was asked for %+v", got)
	default:
	}
}

func TestOnlyTheUserReachesTheSocket(t *testing.T) {
	_, state := hosted(t, newFake())
	path, err := address(state)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v (%v), want %v", name, info.Mode().Perm(), err, want)
		}
	}
	if err := os.Chmod(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), state, newFake(), grace); err == nil || !strings.Contains(err.Error(), "may be entered by others: chmod 700") {
		t.Errorf("through an open door: %v", err)
	}
}

func TestALongStateDirectoryHasASocketToo(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	long := filepath.Join(t.TempDir(), strings.Repeat("a-long-name/", 12))
	path, err := address(long)
	if err != nil || len(path) > longest+len(os.TempDir()) || strings.HasPrefix(path, long) {
		t.Fatalf("%s (%v)", path, err)
	}
	other, _ := address(long + "2")
	if again, _ := address(long); again != path || other == path {
		t.Errorf("it is not the directory's own: %s, %s, of another %s", path, again, other)
	}
}

func TestASocketThatSomebodyLeftIsReplaced(t *testing.T) {
	state := t.TempDir()
	path, _ := address(state)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	left, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	left.(*net.UnixListener).SetUnlinkOnClose(false) // as whoever is killed
	_ = left.Close()
	if _, err := Dial(t.Context(), state, newFake(), grace); !silent(err) {
		t.Errorf("nobody listens, and it says %v", err)
	}
	h, err := Host(newFake(), state, About{}, ada, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	dial(t, state, newFake())
}

func TestTheJournalAndTheEngineAreShownTogether(t *testing.T) {
	e, reader := newFake(), newFake()
	_, state := hosted(t, e)
	c := dial(t, state, reader)
	snapshots := c.Watch(t.Context())
	slot := promotion.Slot{Environment: "qa", Service: "orders"}
	key := engine.AttemptKey{Run: 42, Stage: "qa/e2e", Attempt: 1}
	e.shows(engine.Snapshot{Seq: 5, Mode: "continuous-delivery", Notices: []engine.Notice{{Text: "disk is full"}},
		Progress: map[engine.AttemptKey]engine.Progress{key: {Lines: 12, Tests: map[string]promotion.Tests{"run": {Passed: 3}}}},
		Slots:    []engine.SlotInfo{{Slot: slot, Endpoint: "http://127.0.0.1:1", Drift: "2.0.0 runs"}}})
	reader.shows(engine.Snapshot{Seq: 4, Runs: []promotion.Run{{ID: 41}}}) // too old to be shown with it
	reader.shows(engine.Snapshot{Seq: 5, Runs: []promotion.Run{{ID: 42}}, Slots: []engine.SlotInfo{{Slot: slot}}})
	s, shown := <-snapshots
	if !shown || s.Seq != 5 || s.Runs[0].ID != 42 || s.Mode != "continuous-delivery" || s.Notices[0].Text != "disk is full" || s.Elsewhere != "gantry (pid 12)" ||
		s.Progress[key].Lines != 12 || s.Progress[key].Tests["run"].Passed != 3 || s.Slots[0].Endpoint != "http://127.0.0.1:1" || s.Slots[0].Drift != "2.0.0 runs" {
		t.Errorf("shown is %+v", s)
	}
}

func TestEverybodySeesWhoLooksOnAndWhatTheyAskedFor(t *testing.T) {
	e, reader := newFake(), newFake()
	h, state := hosted(t, e)
	c := dial(t, state, reader)
	ctx, leave := context.WithCancel(t.Context())
	theirs := c.Watch(ctx)
	e.shows(engine.Snapshot{Seq: 1})
	reader.shows(engine.Snapshot{Seq: 1})
	if s := <-theirs; len(s.Present) != 2 || s.Present[1].Operator != "grace" || s.Present[1].Programs[0] != "gantry run orders" {
		t.Fatalf("grace sees %+v", s.Present)
	}
	mine := h.Watch(t.Context())
	e.shows(engine.Snapshot{Seq: 1})
	until := func(what string, holds func([]engine.Presence) bool) {
		t.Helper()
		for s := range mine {
			if holds(s.Present) {
				return
			}
		}
		t.Fatalf("ada never sees %s", what)
	}
	e.shows(engine.Snapshot{Seq: 2, Present: []engine.Presence{{Operator: "grace", Asked: "pause run 42"}}})
	until("what grace asked for", func(p []engine.Presence) bool { return len(p) == 2 && p[1].Asked == "pause run 42" })
	leave()
	until("that she has left", func(p []engine.Presence) bool { return len(p) == 2 && len(p[1].Programs) == 0 })
}

func TestAnEngineThatEndsLetsTheStagesEndWhileOthersLookOnAndSaysGoodbye(t *testing.T) {
	e, reader := newFake(), newFake()
	h, state := hosted(t, e)
	c := dial(t, state, reader)
	snapshots := c.Watch(t.Context())
	e.shows(engine.Snapshot{Seq: 1})
	reader.shows(engine.Snapshot{Seq: 1})
	<-snapshots
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for range snapshots { // it ends
	}
	select {
	case <-e.drains:
	default:
		t.Error("it broke off what runs, and grace was there to go on with it")
	}
	if _, err := c.Start(t.Context(), engine.StartRequest{Service: "orders"}); err == nil || !strings.Contains(err.Error(), "pid 12") {
		t.Errorf("an engine that has ended answers %v", err)
	}
}

func TestWhoeverLooksOnTakesOverFromAnEngineThatEnds(t *testing.T) {
	first, heir := newFake(), newFake()
	state := t.TempDir()
	h, err := Host(first, state, About{PID: 12, Program: "gantry watch"}, ada, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 1)
	ways := Ways{State: state, Caller: grace, Say: func(string) {}, Patience: time.Minute,
		Read: func(context.Context) (Reader, error) {
			reader := newFake()
			reader.shows(engine.Snapshot{Seq: 1})
			return reader, nil
		},
		Hold: func(_ context.Context, said string) (Holder, error) {
			select {
			case <-first.closed:
				told <- said
				return heir, nil
			default:
				return nil, &journal.Held{Dir: state}
			}
		}}
	s, err := Open(t.Context(), ways)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if about, elsewhere := s.Elsewhere(); !elsewhere || about.PID != 12 {
		t.Errorf("the work is done by %v", about)
	}
	snapshots := s.Watch(t.Context())
	first.shows(engine.Snapshot{Seq: 1})
	<-snapshots
	heir.shows(engine.Snapshot{Seq: 2})
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for next := range snapshots {
		if next.Elsewhere == "" {
			if next.Seq != 2 {
				t.Errorf("after the end comes %+v", next)
			}
			break
		}
	}
	if said := <-told; said != "gantry watch (pid 12) has ended: its runs go on here" {
		t.Errorf("it is told %q", said)
	}
	if _, elsewhere := s.Elsewhere(); elsewhere {
		t.Error("the work is still done elsewhere")
	}
}

func TestWhoHoldsADirectoryAndNeverListensIsNamed(t *testing.T) {
	state := t.TempDir()
	ways := Ways{State: state, Read: func(context.Context) (Reader, error) { return newFake(), nil },
		Hold: func(context.Context, string) (Holder, error) {
			return nil, &journal.Held{Dir: state, Holder: journal.Holder{PID: 9, Program: "gantry down"}}
		}}
	var held *journal.Held
	if _, err := Open(t.Context(), ways); !errors.As(err, &held) || held.Holder.PID != 9 {
		t.Errorf("got %v", err)
	}
}
