package commandline

import (
	"context"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// talk has a conversation about a story, line by line, and returns what was said and the engine that was asked.
func talk(t *testing.T, story *situation.Story, lines ...string) (string, *situation.Engine) {
	t.Helper()
	e := situation.NewEngine(story)
	open := func() (Engine, error) { return staying{fake{e}}, nil }
	w := Wiring{
		Open: func(context.Context, Files, string, Mode) (Engine, error) { return open() },
		Read: func(context.Context, Files) (Engine, error) { return open() },
	}
	var said strings.Builder
	if code := Main(t.Context(), w, []string{"--plain"}, strings.NewReader(strings.Join(lines, "\n")+"\n"), &said, &said); code != Done {
		t.Errorf("the conversation ended with %d:\n%s", code, said.String())
	}
	return said.String(), e
}

// staying is an engine that a command cannot close for the others.
type staying struct{ fake }

func (staying) Close() error { return nil }

func hears(t *testing.T, said string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(said, w) {
			t.Errorf("nothing says %q:\n%s", w, said)
		}
	}
}

func TestAConversationBeginsWithWhatBrokeAndEndsWithTheInput(t *testing.T) {
	said, _ := talk(t, situation.OnHold(), "cause")
	hears(t, said, "You are on run 42 of orders", "prod/acceptance failed, in attempt 1", "The cause: GET /orders/1 answered 502", "Prod: 1.8.0", "What is under way goes on.")
	if strings.Contains(said, "→") {
		t.Errorf("an arrow cannot be read aloud:\n%s", said)
	}
}

func TestOneWordIsACommandAboutTheRunThatIsTalkedAbout(t *testing.T) {
	said, e := talk(t, situation.QARunning(), "pause")
	asked := e.Commands()
	if len(asked) != 1 || asked[0].Verb != promotion.VerbPause || asked[0].Run != 42 {
		t.Errorf("asked for %v", asked)
	}
	hears(t, said, "run 42 is paused")
}

// ear hears what is said until it has heard some words.
type ear struct {
	heard strings.Builder
	until string
	told  chan struct{} // closed then
}

func (e *ear) Write(p []byte) (int, error) {
	e.heard.Write(p)
	if e.until != "" && strings.Contains(e.heard.String(), e.until) {
		e.until = ""
		close(e.told)
	}
	return len(p), nil
}

func TestEveryChangeIsASentence(t *testing.T) {
	e := situation.NewEngine(situation.QARunning())
	w := Wiring{Open: func(context.Context, Files, string, Mode) (Engine, error) { return fake{e}, nil }}
	in, typist := io.Pipe()
	out := &ear{until: "paused by linus", told: make(chan struct{})}
	ended := make(chan int)
	go func() { ended <- Main(t.Context(), w, []string{"--plain"}, in, out, io.Discard) }()
	for verbs := []promotion.Verb{promotion.VerbPause, promotion.VerbResume}; ; slices.Reverse(verbs) { // what came before it listened is not told
		if err := e.Command(t.Context(), promotion.Command{Run: 42, Verb: verbs[0], Actor: "linus"}); err != nil {
			t.Fatal(err)
		}
		select {
		case <-out.told:
		default:
			runtime.Gosched()
			continue
		}
		break
	}
	_ = typist.Close()
	if code := <-ended; code != Done {
		t.Errorf("it ended with %d", code)
	}
}

func TestAnotherRunIsTalkedAboutOnceItsNumberOrItsServiceIsSaid(t *testing.T) {
	said, e := talk(t, situation.DevMovedOn(), "43", "pause", "orders", "42", "retry", "4711")
	asked := e.Commands()
	if len(asked) == 0 || asked[0].Run != 43 {
		t.Errorf("asked for %v", asked)
	}
	hears(t, said, "You are on run 43 of orders", "You are on run 42 of orders", "retry refused: run 42 has ended", "there is no run 4711")
}

func TestWhatCannotBeTakenBackIsAskedFor(t *testing.T) {
	said, e := talk(t, situation.QARunning(), "abort", "no", "rollback qa", "no", "run", "perhaps")
	if asked := e.Commands(); len(asked) != 0 || e.Started.Service != "" {
		t.Errorf("asked for %v, started %q", asked, e.Started.Service)
	}
	hears(t, said, "abort 42? Type yes:", "Roll orders back in QA?", "Roll back? Type yes:", "run orders? Type yes:", "nothing was changed")
	said, e = talk(t, situation.QARunning(), "abort", "yes")
	if asked := e.Commands(); len(asked) != 1 || asked[0].Verb != promotion.VerbAbort {
		t.Errorf("asked for %v:\n%s", asked, said)
	}
}

func TestNobodyIsAskedWhetherToAbortWhatHasEnded(t *testing.T) {
	said, e := talk(t, situation.DevMovedOn(), "abort 42")
	if strings.Contains(said, "Type yes") {
		t.Errorf("it asked:\n%s", said)
	}
	if len(e.Commands()) != 1 {
		t.Errorf("asked for %v", e.Commands())
	}
	hears(t, said, "abort refused: run 42 has ended")
}

func TestAReasonIsAskedForWhereOneIsNeeded(t *testing.T) {
	said, e := talk(t, situation.WaitsForApproval(), "reject", "its prices are wrong")
	asked := e.Commands()
	if len(asked) != 1 || asked[0].Verb != promotion.VerbReject || asked[0].Environment != "prod" || asked[0].Reason != "its prices are wrong" {
		t.Errorf("asked for %+v:\n%s", asked, said)
	}
	if _, e = talk(t, situation.WaitsForApproval(), "reject", ""); len(e.Commands()) != 0 {
		t.Errorf("without a reason asked for %v", e.Commands())
	}
}

func TestAnApprovalSaysFirstWhatIsApproved(t *testing.T) {
	said, e := talk(t, situation.WaitsForApproval(), "approve", "no", "approve", "yes")
	asked := e.Commands()
	if len(asked) != 1 || asked[0].Verb != promotion.VerbApprove || asked[0].Environment != "prod" {
		t.Errorf("asked for %+v", asked)
	}
	hears(t, said, "approve: orders 1.8.0", "into prod\nApprove it? Type yes:", "nothing was changed")
	said, _ = talk(t, situation.QARunning(), "approve", "yes")
	hears(t, said, "asks for no approval")
	if strings.Contains(said, "Type yes") {
		t.Errorf("it asks for a yes to nothing:\n%s", said)
	}
}

func TestARunThatIsStartedIsTalkedAboutAndToldAsItGoes(t *testing.T) {
	said, e := talk(t, situation.Everything(), "run billing", "yes", "pause")
	if e.Started.Service != "billing" {
		t.Fatalf("started %q:\n%s", e.Started.Service, said)
	}
	hears(t, said, "You are on run ", "run billing? Type yes:")
	if asked := e.Commands(); len(asked) != 1 || serviceOf(e, asked[0].Run) != "billing" {
		t.Errorf("asked for %v:\n%s", asked, said)
	}
}

func TestAnEnvironmentIsNeverGuessedAndAWrongWordHelps(t *testing.T) {
	said, e := talk(t, situation.QARunning(), "rollback", "hold", "zebra", "pause 42 43", `run "orders`, "help")
	if len(e.Commands()) != 0 {
		t.Errorf("asked for %v", e.Commands())
	}
	hears(t, said, "In which environment?", `There is no word "zebra"`, "unexpected argument 43", "a quotation mark is not closed", "retry <run> [<stage>]: ")
}

func TestOneWordIsExplainedAloneAndASlipOfTheFingersIsUnderstood(t *testing.T) {
	said, e := talk(t, situation.QARunning(), "help rollback", "rollback --help", "help where", "help zebra", "pasue", "?")
	if len(e.Commands()) != 0 {
		t.Errorf("asked for %v", e.Commands())
	}
	hears(t, said, "Usage: gantry rollback <service> <env> [flags]", "where: how the run stands", `There is no word "zebra": help says`,
		`There is no word "pasue" (did you mean "pause"?): help says`)
	if n := strings.Count(said, "Usage: gantry rollback"); n != 2 {
		t.Errorf("the usage was said %d times:\n%s", n, said)
	}
	if n := strings.Count(said, "version: Print the version."); n != 1 {
		t.Errorf("all words were said %d times:\n%s", n, said)
	}
}

func TestWordsAreTakenAsMessagesWriteThem(t *testing.T) {
	for _, line := range []string{"gantry pause 42", "gantry pause", "Pause"} {
		said, e := talk(t, situation.QARunning(), line, "Q", "retry")
		if asked := e.Commands(); len(asked) != 1 || asked[0].Verb != promotion.VerbPause {
			t.Errorf("%q asked for %v:\n%s", line, asked, said)
		}
	}
}

func TestWhatNeverEndsDoesNotSilenceTheConversation(t *testing.T) {
	said, _ := talk(t, situation.QARunning(), "watch", "engine run", "stub serve orders@qa", "logs --follow", "where")
	hears(t, said, "Start it in a terminal of its own: gantry watch", "gantry engine run", "gantry stub serve orders@qa", "gantry logs --follow")
	if n := strings.Count(said, "You are on run 42 of orders"); n != 2 {
		t.Errorf("where was answered %d times:\n%s", n, said)
	}
}

func TestAChangeDuringAQuestionHasALineOfItsOwn(t *testing.T) {
	var heard strings.Builder
	out := &wholeLines{w: &heard}
	asking := &speaker{to: out}
	typed := readLines(strings.NewReader("yes\n"), asking.pause, out.answered)
	say := func(w io.Writer, words string) {
		if _, err := io.WriteString(w, words); err != nil {
			t.Fatal(err)
		}
	}
	say(asking, "abort 42? Type yes: ")
	asking.pause()
	say(out, "12:04:31 dev passed\n")
	say(out, "12:04:32 qa entered\n")
	if _, err := typed.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	say(asking, "Really? Type yes: ")
	asking.pause()
	out.answered()
	say(asking, "nothing was changed\n")
	if want := "abort 42? Type yes: \n12:04:31 dev passed\n12:04:32 qa entered\nReally? Type yes: nothing was changed\n"; heard.String() != want {
		t.Errorf("heard %q, want %q", heard.String(), want)
	}
}

func TestWithoutARunThereIsNothingToTalkAbout(t *testing.T) {
	said, _ := talk(t, situation.New(), "retry", "where", "log", "cause")
	hears(t, said, "No run has been started yet: run SERVICE starts one.")
}

func TestTheLogOfWhereTheRunStandsIsReadOut(t *testing.T) {
	said, _ := talk(t, situation.QARunning(), "log")
	hears(t, said, "The last 20 lines of qa/e2e:", "--- PASS: TestCheckout16")
}

func TestAConversationIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in, typist := io.Pipe() // nobody ever types anything
	defer typist.Close()
	if code, _, errs := give(ctx, situation.QARunning(), in, "--plain"); code != Interrupted {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

func TestPlainIsHowTheConsoleSpeaksAndNothingElse(t *testing.T) {
	if code, _, errs := give(t.Context(), situation.QARunning(), strings.NewReader(""), "--plain", "status"); code != Usage || !strings.Contains(errs, "--plain is how the console speaks") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

func serviceOf(e *situation.Engine, id promotion.RunID) string {
	run, _ := e.Run(id)
	return run.Plan.Service
}
