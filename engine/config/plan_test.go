package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func planned(t *testing.T, p config.Pipeline, service string, o config.PlanOptions) promotion.Plan {
	t.Helper()
	plan, err := config.Plan(p, service, o)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// stages are a plan's stages, a column a line.
func stages(plan promotion.Plan) string {
	var lines []string
	for _, c := range plan.Columns {
		var ids []string
		for _, s := range c.Stages {
			ids = append(ids, string(s.ID))
		}
		lines = append(lines, strings.Join(ids, " "))
	}
	return strings.Join(lines, "\n")
}

func wantStages(t *testing.T, plan promotion.Plan, want ...string) {
	t.Helper()
	if got := stages(plan); got != strings.Join(want, "\n") {
		t.Errorf("%s goes through\n%s\nwant\n%s", plan.Service, got, strings.Join(want, "\n"))
	}
}

func TestAServiceWithADatabaseGoesThroughTheWholePipeline(t *testing.T) {
	wantStages(t, planned(t, parsed(t, whole), "inventory", config.PlanOptions{}),
		"build/build",
		"dev/push dev/migrate dev/compat dev/deploy dev/acceptance",
		"qa/copy qa/migrate qa/compat qa/deploy qa/acceptance qa/e2e qa/stub qa/publish",
		"prod/copy prod/migrate prod/compat prod/deploy prod/acceptance prod/e2e prod/publish")
}

func TestAServiceWithoutADatabaseHasNothingToMigrate(t *testing.T) {
	wantStages(t, planned(t, parsed(t, whole), "orders", config.PlanOptions{}),
		"build/build build/contract",
		"dev/push dev/deploy dev/acceptance",
		"qa/copy qa/deploy qa/acceptance qa/e2e qa/stub qa/publish",
		"prod/copy prod/deploy prod/acceptance prod/e2e prod/publish")
}

func TestWhatIsDroppedOnPurposeIsLeftOutAndThePlanSaysSo(t *testing.T) {
	text := edited(t, `team = "checkout"`, "team = \"checkout\"\ndrop = [\"contract\", \"e2e\"]")
	p := parsed(t, text)
	plan := planned(t, p, "orders", config.PlanOptions{})
	wantStages(t, plan,
		"build/build",
		"dev/push dev/deploy dev/acceptance",
		"qa/copy qa/deploy qa/acceptance",
		"prod/copy prod/deploy prod/acceptance")
	want := []string{"no contract tests against inventory", "no e2e suite, which qa, prod would run"}
	if !slices.Equal(plan.Warning, want) {
		t.Errorf("the plan warns of %q, want %q", plan.Warning, want)
	}
	if len(p.Warnings) > 0 {
		t.Errorf("what is dropped on purpose is warned of: %q", p.Warnings)
	}
}

func TestWhatIsMissingUnintendedlyIsWarnedOf(t *testing.T) {
	text := edited(t, "  [service.e2e]\n  files = { \"suite\" = \"e2e\" }\n  run = \"./suite\"\n\n", "\n", `depends_on = ["inventory"]`+"\n", "")
	text = strings.Replace(text, "protected = true", "protected = true\nverify = [\"e2e\"]\ncompat = false", 1)
	want := []string{
		`config.toml:16: environment "prod": verify leaves acceptance out: each verification has its purpose`,
		`config.toml:17: environment "prod": compat is off: nothing proves that the version that is live works on the next one's schema`,
		`config.toml:20: service "inventory": no e2e suite, which qa, prod would run: add it, or drop = ["e2e"] to leave it out on purpose`,
	}
	if p := parsed(t, text); !slices.Equal(p.Warnings, want) {
		t.Errorf("the warnings are\n%s\nwant\n%s", strings.Join(p.Warnings, "\n"), strings.Join(want, "\n"))
	}
}

func TestAServiceWithoutAVersionIsWarnedOf(t *testing.T) {
	dir := root(t)
	if err := os.Remove(filepath.Join(dir, "orders", "VERSION")); err != nil {
		t.Fatal(err)
	}
	p, err := config.Parse("config.toml", whole, dir)
	if err != nil || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], `service "orders": orders has no file VERSION`) {
		t.Errorf("the warnings are %q (%v)", p.Warnings, err)
	}
}

func TestUntilEndsThePlanEarly(t *testing.T) {
	p := parsed(t, whole)
	wantStages(t, planned(t, p, "orders", config.PlanOptions{Until: "dev"}), "build/build build/contract", "dev/push dev/deploy dev/acceptance")
	_, err := config.Plan(p, "orders", config.PlanOptions{Until: "pord"})
	if err == nil || !strings.Contains(err.Error(), `"pord"`) || !strings.Contains(err.Error(), "dev, qa, prod") || !strings.Contains(err.Error(), `did you mean "prod"`) {
		t.Errorf("an unknown environment: %v", err)
	}
}

func TestAnUnknownServiceIsToldWhichThereAre(t *testing.T) {
	_, err := config.Plan(parsed(t, whole), "order", config.PlanOptions{})
	if err == nil || !strings.Contains(err.Error(), "inventory, orders") {
		t.Errorf("the error is %v", err)
	}
}

func TestAPlanCarriesPolicyDeadlinesAndSteps(t *testing.T) {
	text := edited(t, "protected = true", "protected = true\non_failure = \"hold\"\nhold_for = \"10m\"\nhealth_timeout = \"1m\"")
	plan := planned(t, parsed(t, text), "orders", config.PlanOptions{Step: true, Trigger: "operator", Source: promotion.Source{Commit: "abc"}})
	dev, qa, prod := plan.Columns[1], plan.Columns[2], plan.Columns[3]
	if !dev.Isolated || !slices.Equal(dev.RollsBack, []string{"dev"}) || dev.OnFailure != "rollback" {
		t.Errorf("dev is %+v", dev)
	}
	if qa.Isolated || !slices.Equal(qa.RollsBack, []string{"qa", "dev"}) {
		t.Errorf("qa is %+v", qa)
	}
	if !prod.Protected || prod.OnFailure != "hold" || prod.HoldFor != promotion.Duration(10*time.Minute) {
		t.Errorf("prod is %+v", prod)
	}
	build := plan.Columns[0].Stages[0]
	if !slices.Equal(build.Steps, []string{"compile", "unit"}) || build.Deadline != promotion.Duration(15*time.Minute) {
		t.Errorf("build is %+v", build)
	}
	for _, c := range plan.Columns {
		for _, s := range c.Stages {
			if s.Deadline <= 0 || s.Retries != 1 || string(s.ID) != c.Name+"/"+string(s.Kind) {
				t.Errorf("stage %+v", s)
			}
		}
	}
	if deploy := prod.Stages[1]; deploy.Deadline != promotion.Duration(3*time.Minute+30*time.Second) {
		t.Errorf("deploy may take %v", time.Duration(deploy.Deadline))
	}
	if plan.Team != "checkout" || !plan.Step || plan.Trigger != "operator" || plan.Source.Commit != "abc" || plan.Queue != "latest" || plan.Mode != "continuous-deployment" {
		t.Errorf("the plan is %+v", plan)
	}
}

// A rollback is a deploy: where one may take an hour, so may the other.
func TestARollbackMayTakeAsLongAsADeploy(t *testing.T) {
	for said, want := range map[time.Duration][2]time.Duration{-1: {3 * time.Minute, 5 * time.Minute}, time.Hour: {time.Hour, time.Hour}, 0: {0, 5 * time.Minute}} {
		e := config.Environment{HealthTimeout: 30 * time.Second}
		if said >= 0 {
			e.Policies = map[promotion.Kind]config.Policy{promotion.KindDeploy: {Deadline: &said}}
		}
		if deploy, back := e.DeployDeadline(), e.RollbackDeadline(); deploy != want[0] || back != want[1] {
			t.Errorf("with the deadline %s a deploy may take %s and a rollback %s, want %v", said, deploy, back, want)
		}
	}
}

func TestARunKeepsItsOwnCopyOfTheConfiguration(t *testing.T) {
	dir := root(t)
	p, err := config.Parse("config.toml", whole, dir)
	if err != nil {
		t.Fatal(err)
	}
	p.File = filepath.Join(dir, "config.toml")
	plan := planned(t, p, "orders", config.PlanOptions{Until: "dev"})
	own, err := config.FromPlan(plan, p.File)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(own, p) {
		t.Errorf("the copy is\n%+v\nwant\n%+v", own, p)
	}
	gone, err := config.FromPlan(plan, filepath.Join(t.TempDir(), "config.toml"))
	if err != nil {
		t.Fatalf("once the source has gone, the copy cannot be read: %v", err)
	}
	if gone.Service("orders").Team != "checkout" {
		t.Errorf("the copy has %+v", gone.Services)
	}
}

func TestTheHashOfAServiceFollowsWhatItSaysOnly(t *testing.T) {
	orders := func(text string) string { return config.Hash(parsed(t, text).Service("orders")) }
	before := orders(whole)
	if moved := orders("# a comment\n\n" + whole); moved != before {
		t.Error("a comment changes the hash")
	}
	if other := orders(edited(t, `team = "warehouse"`, `team = "stock"`)); other != before {
		t.Error("another service's team changes the hash")
	}
	for _, change := range [][2]string{{`run = "make test"`, `run = "make tests"`}, {`run = "make contract"`, `run = "true"`}, {`team = "checkout"`, `team = "till"`}} {
		if orders(edited(t, change[0], change[1])) == before {
			t.Errorf("%s leaves the hash as it is", change[1])
		}
	}
}

func TestEverythingThatIsNotSaidHasADefault(t *testing.T) {
	p := parsed(t, whole)
	if p.Branch != "main" || p.Queue != "latest" || p.Parallel != 4 || !p.Watch {
		t.Errorf("the pipeline is %+v", p)
	}
	dev, qa, prod := p.Environment("dev"), p.Environment("qa"), p.Environment("prod")
	if dev.Platform != "sandbox" || !dev.Compat || dev.HealthTimeout != 30*time.Second || dev.Registry.Prefix != "dev" || dev.StubChannel != "" {
		t.Errorf("dev is %+v", dev)
	}
	if !slices.Equal(dev.Verify, []promotion.Kind{"acceptance"}) || !slices.Equal(prod.Verify, []promotion.Kind{"acceptance", "e2e"}) {
		t.Errorf("dev verifies %v, prod %v", dev.Verify, prod.Verify)
	}
	if p.Expires != 8*time.Hour || dev.Dependencies != "live" || dev.Approval != nil || dev.Soak != 0 || dev.ExclusiveE2E || dev.Policies != nil {
		t.Errorf("a reprovision stays for %s; dev is %+v", p.Expires, dev)
	}
	if qa.StubChannel != "qa" {
		t.Errorf("qa publishes on %q", qa.StubChannel)
	}
	orders := p.Service("orders")
	if orders.Version != "VERSION" || orders.Path != filepath.Join(p.Root, "orders") || orders.E2E.Policy != (config.Policy{}) {
		t.Errorf("orders is %+v", orders)
	}
	if step := orders.Build.Steps[1]; step.File != "out/report.xml" || step.Line != lineOf(t, whole, "[[service.build.step]]", 3) {
		t.Errorf("its unit step is %+v", step)
	}
}
