package commandline

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// fake is an engine of a story.
type fake struct{ *situation.Engine }

func (fake) Runs(string) ([]promotion.Run, error) { return nil, nil }

// give gives a command about a story.
func give(ctx context.Context, s *situation.Story, in io.Reader, args ...string) (code int, out, errs string) {
	open := func() (Engine, error) { return fake{situation.NewEngine(s)}, nil }
	w := Wiring{
		Open: func(context.Context, Files, string, Mode) (Engine, error) { return open() },
		Read: func(context.Context, Files) (Engine, error) { return open() },
	}
	var said, complained bytes.Buffer
	code = Main(ctx, w, args, in, &said, &complained)
	return code, said.String(), complained.String()
}

func TestAnInterruptedRunSaysHowItGoesOnAndHowToEndIt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, _, errs := give(ctx, situation.QARunning(), strings.NewReader(""), "resume", "42", "--output", "plain")
	if code != Interrupted || !strings.Contains(errs, "goes on at the next start: gantry resume 42, or end it: gantry abort 42") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

func TestTheExitCodeSaysHowARunEnded(t *testing.T) {
	for name, test := range map[string]struct {
		story *situation.Story
		code  int
	}{
		"succeeded":   {situation.Everything(), Done},
		"rolled back": {situation.DevMovedOn(), Failed},
		"paused":      {situation.Paused(), Waits},
	} {
		if code := codeAfter(test.story.Run(42)); code != test.code {
			t.Errorf("%s: exit code %d, want %d", name, code, test.code)
		}
	}
}

func TestTheVersionIsPrintedHoweverItIsAskedFor(t *testing.T) {
	for _, asked := range []string{"version", "--version"} {
		code, out, errs := give(t.Context(), situation.Everything(), strings.NewReader(""), asked)
		if code != Done || out != program()+"\n" || errs != "" {
			t.Errorf("%s: exit code %d: %s%s", asked, code, out, errs)
		}
	}
}

func TestWhoFollowedARunToWhereItWaitsIsToldHowToGoOn(t *testing.T) {
	for output, told := range map[string]bool{"plain": true, "json": false} {
		var said bytes.Buffer
		a := &app{ctx: t.Context(), out: &said}
		err := a.follow(fake{situation.NewEngine(situation.Paused())}, 42, 0, output)
		if next := strings.HasSuffix(said.String(), "next: gantry step 42, gantry resume 42, or gantry abort 42\n"); next != told {
			t.Errorf("in %s it ends with %v and says %s", output, err, said.String())
		}
	}
}

func TestARollbackIsNotDoneUnasked(t *testing.T) {
	code, out, errs := give(t.Context(), situation.Everything(), strings.NewReader("yes\n"), "rollback", "orders", "qa")
	if code != Usage || !strings.Contains(errs, "--yes") || !strings.Contains(out, "qa") && !strings.Contains(out, "QA") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

func TestAQuestionCanBeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, typist := io.Pipe() // nobody ever types anything
	defer typist.Close()
	cancel()
	if answer := (&app{ctx: ctx, in: in}).answer(); answer != "" {
		t.Errorf("the answer is %q", answer)
	}
}

func TestADryRunThatFindsSomethingWrongSaysSoWithItsExitCode(t *testing.T) {
	for code, state := range map[int]engine.CheckState{Done: engine.CheckLater, Failed: engine.CheckWrong} {
		e := situation.NewEngine(situation.Everything())
		e.Plan = engine.DryRun{Hash: "0123456789abcdef-00", Checks: []engine.Check{{What: "registry", State: state}}}
		w := Wiring{Read: func(context.Context, Files) (Engine, error) { return fake{e}, nil }} // nobody opens the state directory
		var said, errs bytes.Buffer
		got := Main(t.Context(), w, []string{"run", "orders", "--until", "qa", "--dry-run"}, strings.NewReader(""), &said, &errs)
		if got != code || !strings.Contains(said.String(), "gantry run orders --until qa --plan 0123456789abcdef-00") {
			t.Errorf("a check that is %s ends with %d, want %d: %s%s", state, got, code, said.String(), errs.String())
		}
	}
}

func TestAPreviewIsADocumentForScripts(t *testing.T) {
	code, out, _ := give(t.Context(), situation.Everything(), strings.NewReader(""), "rollback", "orders", "qa", "--output", "json")
	var preview struct {
		Environment string
		From, To    *struct{ Version string }
		Available   bool
	}
	if err := json.Unmarshal([]byte(out), &preview); err != nil || code != Usage {
		t.Fatalf("it ended with %d and says %s (%v)", code, out, err)
	}
	if preview.Environment != "qa" || preview.From == nil || preview.From.Version != "1.8.0" || !preview.Available {
		t.Errorf("got %+v", preview)
	}
}
