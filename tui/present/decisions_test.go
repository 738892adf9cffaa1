package present_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/present"
)

// told are the sentences about a run.
func told(s *situation.Story, id promotion.RunID) []string {
	var all []string
	for _, e := range s.Events(id) {
		all = append(all, present.Sentence(s.Run(id), e))
	}
	return all
}

func TestOfSeveralShutGatesAllAreTold(t *testing.T) {
	s := situation.WaitsForApproval()
	s.Rules(promotion.VerbHold, "prod", "bo", "the payment provider is down", "")
	s.Knocks(42, nil)
	w := present.NewWorld(s.Snapshot())
	i, found := w.Inspect(42, "prod/copy", s.Now)
	text := strings.Join(i.Waiting, "\n")
	if !found || !strings.Contains(text, "the payment provider is down") || !strings.Contains(text, "also: ") {
		t.Errorf("it waits for %q", text)
	}
	var labels []string
	for _, row := range w.OverrideRows(42, s.Now) {
		if labels = append(labels, row.Label); strings.HasPrefix(row.Text, "also: ") {
			t.Errorf("what is shut besides is said to open: %q %q", row.Label, row.Text)
		}
	}
	if !slices.Contains(labels, "also") {
		t.Errorf("whoever overrides one gate does not read of the other: %q", labels)
	}
}

func TestWhatAPersonDecidedIsTold(t *testing.T) {
	time.Local = time.UTC
	approval := situation.WaitsForApproval()
	image := approval.Run(42).Release.Image
	approval.Do(promotion.Command{Run: 42, Verb: promotion.VerbApprove, Environment: "prod", Digest: image, Actor: "ada", Reason: "seen in QA"})
	frozen := situation.Frozen()
	frozen.Do(promotion.Command{Run: 42, Verb: promotion.VerbOverride, Environment: "prod", Actor: "ada", Reason: "INC-7"})
	rejected := situation.WaitsForApproval()
	rejected.Do(promotion.Command{Run: 42, Verb: promotion.VerbReject, Environment: "prod", Actor: "ada", Reason: "wrong prices"})
	held, until := situation.OnHold(), situation.Start.Add(time.Hour)
	held.Do(promotion.Command{Run: 42, Verb: promotion.VerbExtend, Actor: "ada", Until: &until})
	held.Do(promotion.Command{Run: 42, Verb: promotion.VerbPause, Actor: "ada"})
	held.Do(promotion.Command{Run: 42, Verb: promotion.VerbRetryFrom, Stage: "prod/deploy", Actor: "ada"})
	for want, s := range map[string]*situation.Story{
		"approved for prod by ada, image " + image.Short() + ", until 15 Mar 12:03: seen in QA": approval,
		"the freeze gate of prod is overridden by ada: INC-7":                                   frozen,
		"rejected for prod by ada: wrong prices":                                                rejected,
		"qa/e2e is overridden by ada: the certificate is the test's own, see INC-7":             situation.Overridden(),
		"the countdown now ends at 13:00:00, says ada":                                          held,
		"the countdown is stopped by ada":                                                       held,
		"prod/deploy and all after it in prod go once more, says ada":                           held,
	} {
		if said := told(s, 42); !slices.Contains(said, want) {
			t.Errorf("nobody said %q: %q", want, said)
		}
	}
}
