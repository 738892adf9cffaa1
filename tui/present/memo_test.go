package present_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/present"
)

// Whatever happens to the runs, and whichever of them is looked at: what was kept is what would be made anew.
func TestAKeptBoardIsTheOneThatWouldBeMadeAnew(t *testing.T) {
	all := situation.All()
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.SampledFrom(all).Draw(r, "situation").Story()
		var memo present.Memo
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			runs := s.Snapshot().Runs
			if len(runs) == 0 {
				return
			}
			run := rapid.SampledFrom(runs).Draw(r, "run")
			switch _, stage, more := run.Current(); rapid.IntRange(0, 4).Draw(r, "what") {
			case 0:
				s.After(time.Duration(rapid.IntRange(1, 90_000).Draw(r, "ms")) * time.Millisecond)
			case 1:
				_ = s.Try(promotion.Command{Run: run.ID, Verb: promotion.VerbReportFailure, Actor: "gantry", Stage: stage.ID, Attempt: stage.Last().N, Result: &promotion.Result{Cause: "no"}})
			case 2:
				_ = s.Try(promotion.Command{Run: run.ID, Verb: promotion.VerbRetry, Actor: "ada", Stage: stage.ID})
			case 3:
				if more && stage.State == promotion.StateRunning {
					s.Succeeds(run.ID)
				}
			case 4:
				_ = s.Try(promotion.Command{Run: run.ID, Verb: promotion.VerbBegin, Actor: "gantry", Stage: stage.ID})
			}
			w := present.NewWorld(s.Snapshot())
			e := present.Entry{Service: run.Plan.Service, Run: run.ID}
			if kept, anew := w.BoardAgain(&memo, e, s.Now), w.Board(e, s.Now); !reflect.DeepEqual(kept, anew) {
				r.Fatalf("kept: %+v\nanew: %+v", kept, anew)
			}
		}
	})
}
