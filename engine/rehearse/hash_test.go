package rehearse

import (
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func parts(t *testing.T, f Facts) []Part {
	t.Helper()
	p, err := Parts(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPlanStandsWhileNothingChangesThatItRestsOn(t *testing.T) {
	reviewed := Hash(parts(t, journey()))
	later := journey()
	later.Now = noon.AddDate(0, 0, 1)
	later.Run = Unbuilt(9, later.Plan, nil, later.Now)
	until := later.Now
	later.Places[1].Gates = []promotion.Waiting{{Gate: promotion.GateLock, Reason: "run 8 is in qa", Until: &until}} // passes by itself
	if changed, err := Changed(reviewed, parts(t, later)); err != nil || len(changed) > 0 {
		t.Errorf("a day later: %v, %v", changed, err)
	}
}

func TestARefusedPlanNamesWhatHasChanged(t *testing.T) {
	reviewed := Hash(parts(t, journey()))
	newer := promotion.Deployment{Release: promotion.Release{Version: "1.0.5", Commit: "cccccccc", Image: "sha256:newer"}}
	for want, change := range map[string]func(*Facts){
		"what is asked for (now orders until qa)":          func(f *Facts) { f.Request.Until = "qa" },
		"what is asked for (now orders for team growth)":   func(f *Facts) { f.Request.Team, f.Plan.Team = "growth", "growth" },
		"what is built (now 1.1.0 bbbbbbb+dirty)":          func(f *Facts) { f.Plan.Source.Dirty = "dddddddd" },
		"the configuration":                                func(f *Facts) { f.Plan.Columns[1].Stages[3].Deadline++ },
		"the stubs to test against (now stock@prod —)":     func(f *Facts) { f.Stubs = []engine.DryRunStub{{Service: "stock", Channel: "prod"}} },
		"dev: what is live (now 1.0.5 ccccccc)":            func(f *Facts) { f.Places[0].State.Live = &newer },
		"qa: what a rollback goes back to (now 1.0.5 cccc": func(f *Facts) { f.Places[1].State.LastGood = &newer },
		"qa: the gates (now freeze)":                       func(f *Facts) { f.Places[1].Gates = []promotion.Waiting{{Gate: promotion.GateFreeze}} },
		"qa: holds and vetoes (now held by bo: the audit)": func(f *Facts) { f.Places[1].State.Hold = &promotion.Hold{By: "bo", Reason: "the audit"} },
	} {
		f := journey()
		change(&f)
		changed, err := Changed(reviewed, parts(t, f))
		if err != nil || len(changed) != 1 || !strings.HasPrefix(changed[0], want) {
			t.Errorf("got %q, %v, want %q", changed, err, want)
		}
	}
}

func TestWhatThePlatformRunsCountsThoughTheJournalKnowsNothingOfIt(t *testing.T) {
	f := journey()
	reviewed := Hash(parts(t, f))
	f.Places[0].Running = &engine.Live{Image: "sha256:by-hand"}
	if changed, err := Changed(reviewed, parts(t, f)); err != nil || len(changed) != 1 || !strings.HasPrefix(changed[0], "dev: what is live") {
		t.Errorf("got %q, %v", changed, err)
	}
}

func TestAnotherPlaceForStubsIsAChangeOfTheConfiguration(t *testing.T) {
	reviewed := Hash(parts(t, journey()))
	f := journey()
	f.Pipeline.Artifacts.S3.Bucket = "acme-stubs"
	if changed, err := Changed(reviewed, parts(t, f)); err != nil || !slices.Equal(changed, []string{"the configuration"}) {
		t.Errorf("got %q, %v", changed, err)
	}
}

func TestAnEnvironmentMoreIsAChangeOfTheConfiguration(t *testing.T) {
	reviewed := Hash(parts(t, journey()))
	f := journey()
	f.Plan.Columns = append(slices.Clone(f.Plan.Columns), promotion.Column{Name: "prod"})
	f.Places = append(f.Places, Place{Name: "prod"})
	if changed, err := Changed(reviewed, parts(t, f)); err != nil || !slices.Equal(changed, []string{"the configuration"}) {
		t.Errorf("got %q, %v", changed, err)
	}
}

func TestWhatIsNoHashIsRefused(t *testing.T) {
	for _, text := range []string{"", "nope", "0123456789abcdef", "0123456789abcdef-", "0123456789abcdef-ab"} {
		if _, err := Changed(text, parts(t, journey())); err == nil {
			t.Errorf("%q is taken for a hash", text)
		}
	}
}
