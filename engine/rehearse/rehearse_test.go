package rehearse

import (
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func stage(id promotion.StageID) promotion.Stage {
	return promotion.Stage{ID: id, Kind: promotion.Kind(id.Name())}
}

// journey is a build, dev and qa, with a good release in dev and nothing in qa.
func journey() Facts {
	good := promotion.Deployment{Release: promotion.Release{Service: "orders", Version: "1.0.0", Commit: "aaaaaaaa", Image: "sha256:good", Verification: "sha256:suite"}}
	plan := promotion.Plan{
		Kind: promotion.Promotion, Service: "orders", Source: promotion.Source{Commit: "bbbbbbbb", Version: "1.1.0"},
		Columns: []promotion.Column{
			{Name: "build", Stages: []promotion.Stage{stage("build/build")}},
			{Name: "dev", RollsBack: []string{"dev"}, Stages: []promotion.Stage{stage("dev/push"), stage("dev/migrate"), stage("dev/compat"), stage("dev/deploy"), stage("dev/acceptance")}},
			{Name: "qa", RollsBack: []string{"qa", "dev"}, Stages: []promotion.Stage{stage("qa/copy"), stage("qa/deploy"), stage("qa/e2e")}},
		},
	}
	return Facts{
		Now: noon, Plan: plan, Run: Unbuilt(8, plan, nil, noon),
		Places: []Place{
			{Name: "dev", State: promotion.SlotState{Live: &good, LastGood: &good}, Running: &engine.Live{Image: "sha256:good"}},
			{Name: "qa"},
		},
		LeftOut: func(promotion.Run, string) string { return "" },
	}
}

func played(t *testing.T, f Facts) map[promotion.StageID]engine.DryRunStage {
	t.Helper()
	d, err := DryRun(f)
	if err != nil {
		t.Fatal(err)
	}
	stages := map[promotion.StageID]engine.DryRunStage{}
	for _, c := range d.Columns {
		for _, s := range c.Stages {
			stages[s.ID] = s
		}
	}
	return stages
}

// back writes a failure's rollbacks as "qa>nothing dev>1.0.0".
func back(f engine.DryRunFailure) string {
	var list []string
	for _, r := range f.RollsBack {
		to := "nothing"
		if r.To != nil {
			to = r.To.Version
		}
		list = append(list, r.Environment+">"+to)
	}
	return strings.Join(list, " ")
}

func TestAFailureRollsBackOnlyWhatWouldHaveBeenDeployedByThen(t *testing.T) {
	stages := played(t, journey())
	for id, want := range map[promotion.StageID]string{
		"build/build": "", "dev/migrate": "", "dev/deploy": "", "dev/acceptance": "dev>1.0.0",
		"qa/copy": "dev>1.0.0", "qa/deploy": "dev>1.0.0", "qa/e2e": "qa>nothing dev>1.0.0",
	} {
		if got := back(stages[id].Failure); got != want {
			t.Errorf("a failure of %s rolls back %q, want %q", id, got, want)
		}
	}
}

func TestAHoldIsToldWithWhatComesAfterIt(t *testing.T) {
	f := journey()
	f.Plan.Columns[2].OnFailure, f.Plan.Columns[2].HoldFor = "hold", promotion.Duration(10*time.Minute)
	f.Run = Unbuilt(8, f.Plan, nil, noon)
	failure := played(t, f)["qa/e2e"].Failure
	if failure.Policy != "hold" || time.Duration(failure.HoldFor) != 10*time.Minute || back(failure) != "qa>nothing dev>1.0.0" {
		t.Errorf("the failure is %+v", failure)
	}
}

func TestAVerdictThatIsTriedAgainLeadsToTheSameInTheEnd(t *testing.T) {
	f := journey()
	e2e := &f.Plan.Columns[2].Stages[2]
	e2e.Retries, e2e.RetryFailed, e2e.Backoff = 2, true, promotion.Duration(time.Minute)
	f.Run = Unbuilt(8, f.Plan, nil, noon)
	if got := back(played(t, f)["qa/e2e"].Failure); got != "qa>nothing dev>1.0.0" {
		t.Errorf("it rolls back %q", got)
	}
}

func TestStepByStepEveryFailureWaitsForAPerson(t *testing.T) {
	f := journey()
	f.Request.Step, f.Plan.Step = true, true
	f.Run = Unbuilt(8, f.Plan, nil, noon)
	if failure := played(t, f)["dev/acceptance"].Failure; failure.Policy != "hold" || failure.HoldFor != 0 || back(failure) != "dev>1.0.0" {
		t.Errorf("the failure is %+v", failure)
	}
}

func TestAStageIsLeftOutByTheDriversOwnRule(t *testing.T) {
	f := journey()
	f.LeftOut = func(_ promotion.Run, environment string) string { return "nothing to prove in " + environment }
	if got := played(t, f)["dev/compat"].Skipped; got != "nothing to prove in dev" {
		t.Errorf("compat is skipped because %q", got)
	}
}

func TestWhatIsPendingIsSaidAsFarAsItIsKnown(t *testing.T) {
	f := journey()
	for commit, want := range map[string]string{"bbbbbbbb": "it tells when it is built", "aaaaaaaa": "nothing is pending"} {
		f.Plan.Source.Commit = commit
		f.Run = Unbuilt(8, f.Plan, nil, noon)
		if got := played(t, f)["dev/migrate"].Action; !strings.Contains(got, want) {
			t.Errorf("of commit %s it says %q", commit, got)
		}
	}
}

func TestEveryKindOfStageSaysWhatItDoes(t *testing.T) {
	f := journey()
	f.Plan.Columns[0].Stages = append(f.Plan.Columns[0].Stages, stage("build/contract"))
	f.Plan.Columns[2].Stages = append(f.Plan.Columns[2].Stages, stage("qa/acceptance"), stage("qa/stub"), stage("qa/publish"))
	f.Run = Unbuilt(8, f.Plan, nil, noon)
	for id, s := range played(t, f) {
		if s.Action == "" {
			t.Errorf("nothing is said of %s", id)
		}
	}
}

func TestItSaysWhereAStubIsPublished(t *testing.T) {
	f := journey()
	f.Plan.Columns[2].Stages = append(f.Plan.Columns[2].Stages, stage("qa/publish"))
	f.Run = Unbuilt(8, f.Plan, nil, noon)
	for _, c := range []struct {
		at        config.Artifacts
		publishes bool
		want      string
	}{
		{config.Artifacts{}, true, `publishes the stub and moves channel "qa" to it`},
		{config.Artifacts{S3: config.S3{Bucket: "acme", Prefix: "stubs"}}, true, `publishes the stub to s3://acme/stubs/orders and moves channel "qa" to it`},
		{config.Artifacts{HTTP: config.HTTP{URL: "https://files.test"}}, false, `moves channel "qa" in https://files.test/orders to the stub that the release brings along`},
	} {
		f.Pipeline.Artifacts = c.at
		f.Pipeline.Environments = []config.Environment{{Name: "qa", StubChannel: "qa", PublishStub: c.publishes}}
		if got := played(t, f)["qa/publish"].Action; got != c.want {
			t.Errorf("it says %q, want %q", got, c.want)
		}
	}
}

func TestItSaysHowEachImageComesAbout(t *testing.T) {
	files := config.Image{Files: map[string]string{"/app": "app"}}
	built := config.Image{Dockerfile: &config.Dockerfile{File: "Dockerfile", Builder: "podman"}}
	for want, service := range map[string]config.Service{
		"packs the application image":                                                             {Image: files},
		"packs the application image, the migration image":                                        {Image: files, Migrations: &files},
		"packs the application image and the verification suites":                                 {Image: files, E2E: &config.Suite{}},
		"builds the application image from Dockerfile with podman":                                {Image: built},
		"packs the verification suites, builds the application image from Dockerfile with podman": {Image: built, E2E: &config.Suite{}},
		"packs the migration image and the verification suites, takes the application image from image.tar": {
			Image: config.Image{Archive: "image.tar"}, Migrations: &files, E2E: &config.Suite{}},
	} {
		if got := packed(service); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
