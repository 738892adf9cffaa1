package commandline

import (
	"testing"

	"github.com/gantry-cd/gantry/tui/internal/situation"
)

func TestWhatIsAsideIsDoneAndIsRemovedAndNotAborted(t *testing.T) {
	s := situation.Aside()
	id := s.Snapshot().Runs[0].ID
	if run := s.Run(id); !run.Aside() || codeAfter(run) != Done {
		t.Fatalf("run %d waits for %+v: exit code %d", id, run.Waits(), codeAfter(run))
	}
	ordered(t, s, "abort 45", Usage, "where it would stay for ever", "gantry remove 45")
	ordered(t, s, "extend 45 --by 2h", Done, "waits until")
	ordered(t, s, "remove 45 --reason seen", Interrupted)
	if s.Run(id).Aside() {
		t.Error("it stays aside")
	}
	ordered(t, s, "remove 45", Usage, "is being removed already")
}

func TestWhatCannotBePutAsideIsAUsageError(t *testing.T) {
	s := situation.DevMovedOn()
	ordered(t, s, "reprovision 42 --expires=-1h", Usage, "less than nothing")
	ordered(t, s, "remove 42", Usage, "remove refused")
	ordered(t, situation.OnHold(), "remove 42", Usage, "has put nothing aside", "abort it, or roll it back")
}
