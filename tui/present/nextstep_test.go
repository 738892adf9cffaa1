package present_test

import (
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/present"
)

func TestWhatWaitsForAPersonIsAnsweredWithACommand(t *testing.T) {
	vetoed := situation.Vetoed().Run(42)
	for name, c := range map[string]struct {
		run  promotion.Run
		want string
	}{
		"paused":    {situation.Paused().Run(42), "gantry step 42, gantry resume 42, or gantry abort 42"},
		"approval":  {situation.WaitsForApproval().Run(42), "gantry approve 42, or gantry reject 42 --reason …"},
		"held":      {situation.HeldByAPerson().Run(42), "gantry release orders prod"},
		"vetoed":    {vetoed, "gantry allow orders@" + vetoed.Release.ShortCommit() + " prod, or gantry abort 42"},
		"stalled":   {situation.Stalled().Run(42), "gantry retry 42, gantry override 42 dev/acceptance --reason …, gantry abort 42 --rollback, or gantry abort 42"},
		"goes on":   {situation.QARunning().Run(42), ""},
		"counts":    {situation.OnHold().Run(42), ""}, // it acts by itself when its time is over
		"succeeded": {situation.Everything().Run(42), ""},
	} {
		if got := present.NextStep(c.run); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
