package attach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
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
	busy   string
	wakes  int
	merges []bool // what was asked about merges, where it changed

	refused []string // what was to be journalled as refused
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
func (f *fake) Wake() { f.change(func() { f.wakes++ }) }
func (f *fake) FollowMerges(on bool) {
	f.change(func() {
		if len(f.merges) == 0 || f.merges[len(f.merges)-1] != on {
			f.merges = append(f.merges, on)
		}
	})
}
func (f *fake) Refuse(c promotion.Command, why error) error {
	f.change(func() { f.refused = append(f.refused, fmt.Sprintf("%s %s: %v", c.Actor, c.Verb, why)) })
	return why
}
func (f *fake) Rests() bool { return f.Busy() == "" }
func (f *fake) Busy() (what string) {
	f.change(func() { what = f.busy })
	return what
}
func (f *fake) change(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}
func (f *fake) Drain(context.Context) error   { f.drains <- struct{}{}; return nil }
func (f *fake) CatchUp(context.Context) error { return nil }
func (f *fake) Told(bool)                     {}
func (f *fake) Close() error                  { close(f.closed); return nil }

var (
	ada   = Caller{Operator: "ada", Program: "gantry"}
	grace = Caller{Operator: "grace", Program: "gantry run orders"}
)

// served is an engine that others attach to.
type served struct {
	state string
	end   context.CancelFunc
	ended chan error // gives what Serve returns
}

// serves lets others attach to an engine, in a state directory of its own unless one is given.
func serves(t *testing.T, e *fake, s Serving) *served {
	t.Helper()
	if s.State == "" {
		s.State = t.TempDir()
	}
	if s.Say == nil {
		s.Say = func(string) {}
	}
	if s.About.PID == 0 {
		s.About = About{PID: 12, Program: "gantry engine"}
	}
	ctx, end := context.WithCancel(t.Context())
	all := &served{state: s.State, end: end, ended: make(chan error, 1)}
	go func() { all.ended <- Serve(ctx, e, s); close(all.ended) }()
	t.Cleanup(func() { end(); <-all.ended })
	until(t, "listens", func() bool {
		_, there, err := Find(t.Context(), s.State)
		return there || err != nil
	})
	return all
}

// until waits for what is so sooner or later.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !holds() {
		if wait(ctx) != nil {
			t.Fatalf("it never %s", what)
		}
	}
}

// attached is the engine of a state directory for somebody else; nobody may start one.
func attached(t *testing.T, state string, reader Reader, caller Caller) *Client {
	t.Helper()
	e, err := Open(t.Context(), Ways{State: state, Caller: caller, About: About{Program: "gantry engine"}, Read: func(context.Context) (Reader, error) { return reader, nil },
		Engine: func() (*exec.Cmd, error) { return nil, errors.New("no engine may be started here") }})
	if err != nil {
		t.Fatal(err)
	}
	return e.(*Client)
}

func TestWhatIsAskedOverTheSocketReachesTheEngineWhole(t *testing.T) {
	e := newFake()
	c := attached(t, serves(t, e, Serving{}).state, newFake(), grace)
	if _, there := c.Elsewhere(); there {
		t.Error("an engine is known that nobody has asked for anything")
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
	if about, there := c.Elsewhere(); !there || about.String() != "gantry engine (pid 12)" || about.API != API {
		t.Errorf("it says of itself %+v", about)
	}
	slots, err := c.CommandSlot(t.Context(), engine.SlotRequest{Verb: promotion.VerbHold, Service: "orders", Environment: "qa", Actor: "grace", Reason: "look"})
	if err != nil || len(slots) != 1 || slots[0].String() != "qa/orders" {
		t.Errorf("it holds %v (%v)", slots, err)
	}
}

func TestARefusalIsTheSameOverTheSocket(t *testing.T) {
	e := newFake()
	c := attached(t, serves(t, e, Serving{}).state, newFake(), grace)
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
	c := attached(t, serves(t, e, Serving{}).state, newFake(), grace)
	if err := c.Command(t.Context(), promotion.Command{Run: 42, Verb: promotion.VerbReportSuccess}); err == nil || !strings.Contains(err.Error(), "nothing that an operator asks") {
		t.Errorf("a report of an attempt's end: %v", err)
	}
	l, err := c.reach(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		`{"service": "orders", "shell": "rm"}`: "unknown field",
		`{`:                                    "cannot be understood",
		"":                                     "cannot be understood",
	} {
		if _, err := l.do(t.Context(), http.MethodPost, pathStart, []byte(body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://engine"+pathStart, strings.NewReader(`{"service":"orders"}`))
	request.Header.Set(header, "99")
	response, err := l.http.Do(request)
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
	state := serves(t, newFake(), Serving{}).state
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
	if _, err := dial(t.Context(), state, grace); err == nil || !strings.Contains(err.Error(), "may be entered by others: chmod 700") {
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
	if _, err := dial(t.Context(), state, grace); !silent(err) {
		t.Errorf("nobody listens, and it says %v", err)
	}
	serves(t, newFake(), Serving{State: state})
}

func TestFaultASocketThatIsRemovedUnderARunningEngineComesBack(t *testing.T) {
	all := serves(t, newFake(), Serving{})
	path, _ := address(all.state)
	inside, err := dial(t.Context(), all.state, ada)
	if err != nil {
		t.Fatal(err)
	}
	defer inside.close()
	for range 2 {
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		until(t, "listens again", func() bool {
			l, err := dial(t.Context(), all.state, grace)
			if err == nil {
				l.close()
			}
			return err == nil
		})
	}
	var about About
	if err := inside.ask(t.Context(), http.MethodGet, pathAbout, nil, &about); err != nil {
		t.Errorf("who was inside: %v", err)
	}
	all.end()
	if err := <-all.ended; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket outlives the engine: %v", err)
	}
}
