package present_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

func boardOf(s *situation.Story, run promotion.RunID) present.Board {
	return present.NewWorld(s.Snapshot()).Board(present.Entry{Service: "orders", Run: run}, s.Now)
}

func column(t *testing.T, b present.Board, name string) present.Column {
	t.Helper()
	for _, c := range b.Columns {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no column %s", name)
	return present.Column{}
}

func TestTheHeaderSaysWhatMovesAndHowLongItTakes(t *testing.T) {
	h := boardOf(situation.QARunning(), 42).Header
	if h.Service != "orders" || h.Run != "run 42" || h.Mark.Word != "running" || h.Clock != "2m14s" || h.Left != "~1m30s left" || h.Subject != "Bulk discount" || h.Team != "checkout" {
		t.Errorf("the header is %+v", h)
	}
}

// A run goes on as it was started; once it has ended the header tells of the pipeline as it is configured now.
func TestTheModeIsThatOfTheRunUntilItHasEnded(t *testing.T) {
	for story, want := range map[*situation.Story]string{
		situation.QARunning():  "continuous deployment",
		situation.DevMovedOn(): "continuous delivery: the auditors sign every release",
	} {
		story.Base.Mode, story.Base.Justified = "continuous-delivery", "the auditors sign every release"
		if h := boardOf(story, 42).Header; !strings.HasPrefix(h.Mode, want) {
			t.Errorf("run 42, %s: %q, want %q", h.Mark.Word, h.Mode, want)
		}
	}
}

func TestEachColumnSaysWhatIsLiveAndWhyItWaits(t *testing.T) {
	b := boardOf(situation.QARunning(), 42)
	if qa := column(t, b, "qa"); qa.Live.Name != "1.8.0 f60728e" || !qa.Live.New || qa.Status != "1m03s" {
		t.Errorf("QA is %+v", qa)
	}
	prod := column(t, b, "prod")
	if prod.Live.Name != "1.7.4 d7fb941" || !prod.Protected || len(prod.Foot) != 1 || prod.Foot[0].Text != "waits: qa/e2e not done" {
		t.Errorf("Prod is %+v", prod)
	}
}

func TestWhatWaitsNamesItsReason(t *testing.T) {
	for name, c := range map[string]struct {
		story  *situation.Story
		run    promotion.RunID
		column string
		want   string
	}{
		"paused":   {situation.Paused(), 42, "prod", "paused before prod/copy"},
		"locked":   {situation.Waits(), 43, "qa", "waits: run 42 is in qa"},
		"on hold":  {situation.OnHold(), 42, "prod", "on hold: rolls back in 8m12s"},
		"rollback": {situation.QAFailed(), 42, "qa", "rolling back → 1.7.4 d7fb941"},
		"next":     {situation.QAFailed(), 42, "dev", "to be rolled back → 1.7.4 d7fb941"},
		"left":     {situation.DevMovedOn(), 42, "dev", "left alone: dev has moved on: 1.9.0 663fd88 is live there now"},
		"done":     {situation.DevMovedOn(), 42, "qa", "rolled back → 1.7.4 d7fb941"},
		"loud":     {situation.RollbackFailed(), 42, "prod", "rollback failed: 1.7.4 did not become healthy within 30s"},
	} {
		foot := column(t, boardOf(c.story, c.run), c.column).Foot
		if len(foot) == 0 || !strings.HasPrefix(foot[0].Text, c.want) {
			t.Errorf("%s: %+v, want %q", name, foot, c.want)
		}
	}
}

func TestACountdownSaysWhatItEndsIn(t *testing.T) {
	for stage, want := range map[promotion.StageID][2]string{
		"prod/copy":       {"on hold: ends in 8m", "it ends by itself, and rolls nothing back (an operator: "},
		"prod/acceptance": {"on hold: rolls back in 8m", "it rolls back prod by itself (an operator: "},
	} {
		s := situation.New()
		plan := s.Plan("orders", "1.8.0", "Bulk discount")
		plan.Columns[3].OnFailure, plan.Columns[3].HoldFor = "hold", promotion.Duration(8*time.Minute)
		id := s.Begin(plan, "ada")
		s.Until(id, stage)
		s.Starts(id)
		s.Fails(id, promotion.Result{Cause: "it is broken"})
		if foot := column(t, boardOf(s, id), "prod").Foot; len(foot) == 0 || !strings.HasPrefix(foot[0].Text, want[0]) {
			t.Errorf("%s: the column says %+v, want %q", stage, foot, want[0])
		}
		at := s.Now.Add(8 * time.Minute).Local().Format("; at 2 Jan 15:04:05 ")
		if got := present.Wait(s.Run(id)); !strings.Contains(got, at+want[1]) {
			t.Errorf("%s: %s, want %q", stage, got, at+want[1])
		}
	}
}

func TestAStateIsNeverColourAlone(t *testing.T) {
	for _, s := range situation.All() {
		story := s.Story()
		for _, run := range story.Snapshot().Runs {
			if m := present.RunMark(run); m.Sign == theme.None || m.Word == "" {
				t.Errorf("%s: run %d is shown as %+v", s.Name, run.ID, m)
			}
			for _, c := range boardOf(story, run.ID).Columns {
				for _, card := range c.Cards {
					if card.Mark.Sign == theme.None || card.Mark.Word == "" {
						t.Errorf("%s: %s is shown as %+v", s.Name, card.ID, card.Mark)
					}
				}
			}
		}
	}
}

func TestTheInspectionPutsTheCauseFirst(t *testing.T) {
	s := situation.QAFailed()
	i, found := present.NewWorld(s.Snapshot()).Inspect(42, "qa/e2e", s.Now)
	if !found || i.Headline != "qa/e2e failed" || !strings.HasPrefix(i.Cause, "TestDiscountIsSubtractedOnce") || i.CauseLine != 36 {
		t.Fatalf("the inspection is %+v", i)
	}
	if details := strings.Join(i.Detail, "|"); !strings.HasPrefix(details, "run: exit status 1|after 41s, usually 50s") {
		t.Errorf("the details are %q", i.Detail)
	}
	if len(i.Environments) != 3 || i.Environments[1].Mark.Word != "rolling back" || i.Environments[2].Text != "untouched by this run" {
		t.Errorf("the environments are %+v", i.Environments)
	}
	if len(i.Proofs) != 2 {
		t.Errorf("evidence is asked of %v, not of the run and its rollback", i.Proofs)
	}
}

// A run that has ended took what it took, in the header, in the history and in what compares it.
func TestARunTookAsLongEverywhere(t *testing.T) {
	s := situation.DevMovedOn()
	now := s.Now.Add(time.Hour)
	snapshot := s.Snapshot()
	for i := range snapshot.Runs {
		snapshot.Runs[i].Finished = snapshot.Runs[i].Started.Add(41*time.Second + 700*time.Millisecond)
	}
	w := present.NewWorld(snapshot)
	if header := w.Board(present.Entry{Service: "orders", Run: 42}, now).Header; header.Clock != "42s" {
		t.Errorf("the header says %s", header.Clock)
	}
	for _, row := range present.Compare(snapshot.Runs[0], snapshot.Runs[0], nil, now) {
		if row.Label == "took" && row.A != "42s" {
			t.Errorf("compared it took %s", row.A)
		}
	}
}

func TestAStageThatHasNotBeenReachedSaysWhatItsRunWaitsFor(t *testing.T) {
	for _, test := range []struct {
		story *situation.Story
		run   promotion.RunID
		stage promotion.StageID
		want  string
	}{
		{situation.QARunning(), 42, "qa/e2e", ""},
		{situation.QARunning(), 42, "qa/copy", ""},
		{situation.QARunning(), 42, "qa/publish", "waits: qa/e2e not done"},
		{situation.QARunning(), 42, "prod/deploy", "waits: qa/e2e not done"},
		{situation.Waits(), 43, "qa/copy", "waits: run 42 is in qa"},
		{situation.Waits(), 43, "qa/deploy", "waits: qa/copy not done|waits: run 42 is in qa"},
		{situation.Waits(), 43, "prod/deploy", "waits: qa/copy not done|waits: run 42 is in qa"},
		{situation.QAFailed(), 42, "prod/deploy", ""},
	} {
		i, found := present.NewWorld(test.story.Snapshot()).Inspect(test.run, test.stage, test.story.Now)
		if said := strings.Join(i.Waiting, "|"); !found || !strings.HasPrefix(said, test.want) || test.want == "" && said != "" {
			t.Errorf("%s of run %d says %q, want %q", test.stage, test.run, said, test.want)
		}
	}
}

func TestAStageThatUsuallyTakesAFifthOfASecondIsNotExpectedToTakeASecond(t *testing.T) {
	s := situation.QARunning()
	s.Base.Paces = promotion.NewPaces(map[string]map[promotion.StageID]promotion.Pace{"orders": {"prod/migrate": {Expected: 200 * time.Millisecond}}})
	for _, column := range present.NewWorld(s.Snapshot()).Board(present.Entry{Service: "orders", Run: 42}, s.Now).Columns {
		for _, card := range column.Cards {
			if card.ID == "prod/migrate" && card.Time != "<1s" {
				t.Errorf("%s is expected to take %q", card.ID, card.Time)
			}
		}
	}
}

func TestTimesAreReadable(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0.0s", 400 * time.Millisecond: "0.4s", 41 * time.Second: "41s", 252 * time.Second: "4m12s", 125 * time.Minute: "2h05m", 150 * time.Hour: "6d", -time.Second: "0s"} {
		if got := present.Elapsed(d); got != want {
			t.Errorf("%s reads %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "<1s", 200 * time.Millisecond: "<1s", 949 * time.Millisecond: "<1s", 950 * time.Millisecond: "1s", 1400 * time.Millisecond: "1s", 50 * time.Second: "50s", 134 * time.Second: "2m10s"} {
		left := "~" + want
		if want == "<1s" {
			left = want
		}
		if present.Usually(d) != want || present.Left(d) != left {
			t.Errorf("what takes %s takes usually %q, and %q are left; want %q and %q", d, present.Usually(d), present.Left(d), want, left)
		}
	}
	for d, want := range map[time.Duration]string{90 * time.Second: "1m30s", 10 * time.Minute: "10m", time.Hour: "1h", 90 * time.Minute: "1h30m", 0: "0s"} {
		if got := present.Period(d); got != want {
			t.Errorf("a configured %s reads %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{time.Second: "now", 59 * time.Second: "now", 4 * time.Minute: "4m", 3 * time.Hour: "3h", 150 * time.Hour: "6d"} {
		if got := present.Age(situation.Start.Add(d), situation.Start); got != want {
			t.Errorf("an age of %s reads %q, want %q", d, got, want)
		}
	}
	for name, want := range map[string]string{"qa": "QA", "prod": "Prod", "staging-eu": "Staging EU", "überprüfung": "Überprüfung"} {
		if got := present.Title(name); got != want {
			t.Errorf("%s is called %q, want %q", name, got, want)
		}
	}
}
