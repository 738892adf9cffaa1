package commandline

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// leaving is an engine whose follower goes as soon as a command was taken: nothing goes on in a story by itself.
type leaving struct {
	fake
	leave func()
}

func (l leaving) Command(ctx context.Context, c promotion.Command) error {
	err := l.fake.Command(ctx, c)
	if err == nil {
		l.leave()
	}
	return err
}

// ordered gives a command about a story and wants its exit code and some of its words.
func ordered(t *testing.T, s *situation.Story, line string, code int, words ...string) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	open := func() (Engine, error) { return leaving{fake{situation.NewEngine(s)}, leave}, nil }
	w := Wiring{
		Open: func(context.Context, Files, string, Mode) (Engine, error) { return open() },
		Read: func(context.Context, Files) (Engine, error) { return open() },
	}
	var said, complained bytes.Buffer
	got := Main(ctx, w, strings.Fields(line), strings.NewReader(""), &said, &complained)
	out, errs := said.String(), complained.String()
	if got != code {
		t.Errorf("gantry %s ended with %d, want %d: %s%s", line, got, code, out, errs)
	}
	for _, word := range words {
		if !strings.Contains(out+errs, word) {
			t.Errorf("gantry %s says nothing of %q: %s%s", line, word, out, errs)
		}
	}
}

func TestVerbsThatAreTakenForEachOtherSayWhichTheyAreBeforeTheyAct(t *testing.T) {
	s := situation.OnHold()
	if _, stage, _ := s.Run(42).Current(); !stage.Bad() {
		t.Fatalf("the story stands at %s, %s", stage.ID, stage.State)
	}
	ordered(t, s, "retry 42 qa/nope --output plain", Usage, "retry: the stage that went wrong")
	ordered(t, s, "retry 42 prod/deploy --reason again", Interrupted, "retry from: this stage and all after it")
	if deploy, _ := s.Run(42).Stage("prod/deploy"); deploy.Done() || len(deploy.Attempts) == 0 {
		t.Errorf("prod/deploy is %s after %d attempts", deploy.State, len(deploy.Attempts))
	}
	ordered(t, situation.Paused(), "resume 42 --output plain", Interrupted, "resume: a run that was paused or interrupted goes on")
}

func TestAnOverrideAndAHoldWantAReason(t *testing.T) {
	s := situation.OnHold()
	ordered(t, s, "override 42 prod/acceptance", Usage, "needs a reason", "--reason")
	ordered(t, s, "override 42 qa/deploy --reason why", Usage, "the run stands at")
	ordered(t, s, "override 42 prod --reason why", Usage, "no gate")
	ordered(t, s, "override 42 prod/acceptance --reason known", Interrupted)
	if e2e, _ := s.Run(42).Stage("prod/acceptance"); e2e.State != promotion.StateOverridden {
		t.Errorf("prod/acceptance is %s", e2e.State)
	}
	ordered(t, s, "hold orders prod", Usage, "--reason")
	ordered(t, s, "hold orders prod --reason incident", Done, "prod/orders is on hold", "gantry release")
	ordered(t, s, "hold orders prod --reason incident", Usage, "has been on hold by", "gantry release")
	ordered(t, s, "release orders prod", Done, "not on hold any more")
}

func TestACountdownIsExtendedAndStopped(t *testing.T) {
	s := situation.OnHold()
	until := s.Run(42).Held.Until
	ordered(t, s, "extend 42 --by 1h", Done, "run 42 waits until")
	if now := s.Run(42).Held.Until; until == nil || now == nil || !now.After(*until) {
		t.Errorf("it was until %v and is until %v", until, now)
	}
	ordered(t, s, "pause 42", Done, "run 42 stays on hold until a person decides")
	if held := s.Run(42).Held; held.Until != nil {
		t.Errorf("it still counts down to %v", held.Until)
	}
	ordered(t, situation.Everything(), "extend 42", Usage, "has ended")
	ordered(t, situation.Everything(), "resume 42", Usage, "has ended")
}

func TestWhatNeedsNoApprovalSaysSo(t *testing.T) {
	ordered(t, situation.QARunning(), "approve 42 prod", Usage, "asks for no approval")
	ordered(t, situation.WaitsForApproval(), "approve 42 --digest deadbee", Usage, `"deadbee" is not what run 42 brings to prod`)
	ordered(t, situation.QARunning(), "reject 42 prod --reason no", Usage, "asks for no approval")
}
