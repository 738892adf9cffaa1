package stages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/process"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// stepsOf runs commands, named "1", "2" and so on.
func (w *world) stepsOf(ctx context.Context, job *Job, steps ...config.Step) (promotion.Result, error) {
	w.t.Helper()
	for i := range steps {
		if steps[i].Name == "" {
			steps[i].Name = strconv.Itoa(i + 1)
		}
	}
	return runSteps(ctx, job, steps, w.service.Path, process.Surroundings())
}

func (w *world) runSteps(steps ...config.Step) (promotion.Result, error) {
	w.t.Helper()
	return w.stepsOf(w.t.Context(), w.job("build/build", 1), steps...)
}

func TestStepsRunSideBySideButForWhatTheyNeed(t *testing.T) {
	w := newWorld(t)
	for _, pipe := range []string{"there", "back"} {
		if err := syscall.Mkfifo(filepath.Join(w.service.Path, pipe), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.runSteps( // the first two end only if both run
		config.Step{Run: "echo ping > there; read x < back; touch done"},
		config.Step{Run: "read x < there; echo pong > back"},
		config.Step{Run: "test -e done", Needs: []string{"1"}},
	)
	if err != nil {
		t.Fatalf("%v\n%s", err, w.text())
	}
}

func TestAllThatIsRedIsFoundAndWhatNeedsItIsLeftOut(t *testing.T) {
	w := newWorld(t)
	result, err := w.runSteps(
		config.Step{Name: "compile", Run: "echo compiling; echo 'Error: no such package'; exit 3"},
		config.Step{Name: "dast", Run: "touch never", Needs: []string{"compile"}},
		config.Step{Name: "lint", Run: "exit 4"},
		config.Step{Name: "unit", Run: "true"},
	)
	wantVerdict(t, err, "compile: ", "no such package")
	if result.CauseStep != "compile" || !strings.Contains(result.Cause, "no such package") {
		t.Errorf("the cause is %q of %q", result.Cause, result.CauseStep)
	}
	if lines, _ := w.log.Lines(result.CauseLine-1, 1); len(lines) != 1 || lines[0].Text != "Error: no such package" {
		t.Errorf("the cause's line %d is %v", result.CauseLine, lines)
	}
	want := map[string]promotion.State{"compile": promotion.StateFailed, "dast": promotion.StateSkipped, "lint": promotion.StateFailed, "unit": promotion.StateSucceeded}
	if got := w.ended(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the steps ended %v, want %v", got, want)
	}
	if _, err := os.Stat(filepath.Join(w.service.Path, "never")); err == nil {
		t.Error("a step ran whose need had failed")
	}
	for _, s := range w.steps {
		if s.Name == "lint" && s.State == promotion.StateFailed && s.Exit != 4 {
			t.Errorf("lint's exit status is %d", s.Exit)
		}
	}
}

func TestAReportDecidesWhateverTheCommandSays(t *testing.T) {
	w := newWorld(t)
	result, err := w.runSteps(config.Step{Run: "printf '1..2\\nok 1 - adds\\nnot ok 2 - divides\\n'", Report: "tap"})
	wantVerdict(t, err, "divides")
	if result.Tests == nil || result.Tests.Passed != 1 || result.Tests.Failed != 1 {
		t.Errorf("the tests are %+v", result.Tests)
	}
	_, err = w.runSteps(config.Step{Run: "true", Report: "junit", File: "nowhere.xml"})
	wantError(t, err, "succeeded but its report cannot be read", "nowhere.xml")
	if state := w.ended()["1"]; state != promotion.StateErrored {
		t.Errorf("a step without its report is %s", state)
	}
}

func TestAReportMayLieWhereTheStepSaysByItsOwnVariables(t *testing.T) {
	w := newWorld(t)
	t.Setenv("HOME", t.TempDir())
	result, err := w.runSteps(config.Step{Run: `printf '1..1\nok 1\n' > "$HOME/t.tap"`, Report: "tap", File: "$HOME/t.tap"})
	if err != nil || result.Tests == nil || result.Tests.Passed != 1 {
		t.Errorf("got %+v, %v", result.Tests, err)
	}
}

func TestACommandThatCannotBeStartedIsNoVerdict(t *testing.T) {
	w := newWorld(t)
	w.service.Path = filepath.Join(w.service.Path, "gone")
	_, err := w.runSteps(config.Step{Run: "true"})
	wantError(t, err, "gone")
}

// overhearing is a log that tells what a step writes.
type overhearing struct {
	Log
	tell func(string)
}

func (o overhearing) Writer(step string) io.WriteCloser {
	return overheard{o.Log.Writer(step), o.tell}
}

type overheard struct {
	io.WriteCloser
	tell func(string)
}

func (o overheard) Write(p []byte) (int, error) {
	o.tell(string(p))
	return o.WriteCloser.Write(p)
}

func TestNothingOfAStepOutlivesItsDeadline(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	deadline := errors.New("past the deadline")
	var said strings.Builder
	job := w.job("build/build", 1)
	job.Log = overhearing{job.Log, func(text string) {
		if said.WriteString(text); strings.Count(said.String(), "\n") == 3 {
			cancel(deadline)
		}
	}}
	// A child and its grandchild, which hold neither output nor terminal, wait for what never comes.
	_, err := w.stepsOf(ctx, job, config.Step{Run: `mkfifo never; (sh -c 'echo $$; exec 1>&- 2>&-; read x < never' & echo $!; wait) & wait`})
	if !errors.Is(err, deadline) {
		t.Fatalf("got %v, want the deadline", err)
	}
	_, pids, _ := strings.Cut(said.String(), "\n") // the first line is the command
	for _, line := range strings.Fields(pids) {
		pid, err := strconv.Atoi(line)
		if err != nil {
			t.Fatal(err)
		}
		for running(pid) && t.Context().Err() == nil {
			runtime.Gosched()
		}
	}
}

// running tells whether a process lives; one that only waits to be reaped does not.
func running(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(stat), ") ")
	return err != nil || !strings.HasPrefix(after, "Z")
}

func TestTheLogOfAStepBeginsWithItsCommand(t *testing.T) {
	w := newWorld(t)
	result, err := w.runSteps(config.Step{Run: " : 'FAIL: is what it looks for'\nfalse\n"})
	wantVerdict(t, err, "exit status 1")
	wantWords(t, w.text(), "$ : 'FAIL: is what it looks for'\nfalse\n")
	if result.CauseLine != 0 {
		t.Errorf("line %d of the log is taken for the cause: that is the command itself", result.CauseLine)
	}
}

func TestAVerdictStandsThoughTheTimeIsOverBeforeItIsTold(t *testing.T) {
	w := newWorld(t)
	for line, red := range map[string]bool{"true": false, "echo 'Error: red'; false": true} {
		ctx, cancel := context.WithCancel(t.Context())
		job := w.job("build/build", 1)
		job.Report = func(s promotion.Step) { // as while the journal has no room
			if s.State != promotion.StateRunning {
				cancel()
			}
		}
		_, err := w.stepsOf(ctx, job, config.Step{Run: line})
		switch {
		case red:
			wantVerdict(t, err, "red")
		case err != nil:
			t.Errorf("%s: %v", line, err)
		}
		cancel()
	}
}

func TestALoudStepDoesNotFillTheMemoryAndItsCauseIsFound(t *testing.T) {
	const loud = 12 << 20
	w := newWorld(t)
	before := inUse()
	result, err := w.runSteps(config.Step{Run: fmt.Sprintf("yes 'a line of a step that goes on and on' | head -c %d; echo; echo 'Error: at the very end'; exit 1", loud)})
	wantVerdict(t, err, "at the very end")
	if lines := loud / len("a line of a step that goes on and on\n"); result.CauseLine < lines || w.log.Len() < lines {
		t.Errorf("line %d of %d explains it, the step wrote %d", result.CauseLine, w.log.Len(), lines)
	}
	if grown := int64(inUse()) - int64(before); grown > loud*3/4 {
		t.Errorf("%d bytes more are in use after %d were written", grown, loud)
	}
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

func TestACauseHoldsNoEscapeSequences(t *testing.T) {
	w := newWorld(t)
	result, err := w.runSteps(config.Step{Run: `printf '\033]0;owned\007\033[31mError: it is \033[1mred\033[0m\033[2J\n'; exit 1`})
	wantVerdict(t, err, "it is red")
	if strings.ContainsAny(result.Cause, "\x1b\x07") {
		t.Errorf("the cause is %q", result.Cause)
	}
}

func TestASuiteThatIsKilledHasJudgedNothingButWhatItsReportProves(t *testing.T) {
	for name, test := range map[string]struct {
		step    config.Step
		verdict bool
		tests   promotion.Tests
	}{
		"before any test ran":          {config.Step{Report: "tap", Run: "echo 1..9; kill -KILL $$"}, false, promotion.Tests{}},
		"below a shell that goes on":   {config.Step{Report: "tap", Run: "sh -c 'echo 1..9; kill -KILL $$'; exit $?"}, false, promotion.Tests{}},
		"in the middle, all well":      {config.Step{Report: "tap", Run: "printf '1..9\\nok 1\\nok 2\\n'; kill -TERM $$"}, false, promotion.Tests{Passed: 2}},
		"after a test had failed":      {config.Step{Report: "tap", Run: "printf '1..9\\nok 1\\nnot ok 2 - pays\\n'; kill -KILL $$"}, true, promotion.Tests{Passed: 1, Failed: 2}},
		"and no report was left":       {config.Step{Report: "junit", File: "none.xml", Run: "kill -KILL $$"}, false, promotion.Tests{}},
		"without a report":             {config.Step{Run: "echo linking; kill -KILL $$"}, false, promotion.Tests{}},
		"of which go test tells":       {config.Step{Report: "gotest", Run: "printf '=== RUN   TestAdd\\nsignal: killed\\nFAIL\\texample.org/cart\\t0.1s\\nFAIL\\n'; exit 1"}, false, promotion.Tests{}},
		"and only its plan is unkept":  {config.Step{Report: "tap", Run: "printf '1..2\\nok 1\\n'; exit 1"}, true, promotion.Tests{Passed: 1, Failed: 1}},
		"by itself, as an abort is":    {config.Step{Run: "kill -ABRT $$"}, true, promotion.Tests{}},
		"in go's tests, after one had": {config.Step{Report: "gotest", Run: "printf -- '--- FAIL: TestAdd (0.0s)\\n    a_test.go:3: no\\nsignal: killed\\nFAIL\\texample.org/cart\\t0.1s\\n'; exit 1"}, true, promotion.Tests{Failed: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			result, err := w.runSteps(test.step)
			state := promotion.StateErrored
			if test.verdict {
				state = promotion.StateFailed
				wantVerdict(t, err, "")
			} else {
				wantError(t, err, "killed from outside", "before it came to a verdict")
			}
			if got := w.ended()["1"]; got != state {
				t.Errorf("the step is %s, want %s: %v", got, state, err)
			}
			if got := result.Tests; got != nil && (got.Passed != test.tests.Passed || got.Failed != test.tests.Failed || len(got.Failing) != test.tests.Failed) {
				t.Errorf("the tests are %+v, want %+v", got, test.tests)
			}
		})
	}
}
