package stages

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func TestASuiteSeesItsEnvironmentAndNothingElse(t *testing.T) {
	w := newWorld(t)
	t.Setenv("GANTRY_CANARY", "seen")
	w.service.DependsOn = []string{"price-list"}
	w.places["dev"].endpoint = "http://dev.invalid"
	w.build(`echo "$BASE_URL $PRICE_LIST_URL $STAGE [$GANTRY_CANARY]"; test -e it`, "true")
	w.must("dev/push", "dev/acceptance")
	wantWords(t, w.text(), "http://dev.invalid http://dev.invalid dev []")
}

func TestARedSuiteIsAVerdict(t *testing.T) {
	w := newWorld(t)
	w.build("echo 'Error: 3 is not 4'; exit 1", "true")
	w.must("dev/push")
	_, err := w.execute("dev/acceptance")
	wantVerdict(t, err, "3 is not 4")
}

func TestASuiteThatIsNotInTheRepositoryIsNoVerdict(t *testing.T) {
	w := newWorld(t)
	w.build("true", "true")
	_, err := w.execute("dev/acceptance")
	wantError(t, err, "fetch the verification suites of 1.1.0")
}

func TestTheVersionThatIsLiveProvesTheMigrationWithItsOwnTests(t *testing.T) {
	w := newWorld(t)
	w.build("echo the suite of 1.0.0; echo 'Error: no column price'; exit 1", "true")
	w.must("dev/push")
	w.run.Release.Version = "1.0.0"
	live := &promotion.Deployment{Release: w.run.Release}
	w.run.Release.Version = "1.1.0"
	w.build("echo the suite of 1.1.0", "true")
	w.must("dev/push")
	w.run.Columns[1].Live = live
	_, err := w.execute("dev/compat")
	wantVerdict(t, err, "1.0.0", "which is live, does not work on the migrated schema", "no column price")
	if text := w.text(); !strings.Contains(text, "the suite of 1.0.0") || strings.Contains(text, "the suite of 1.1.0") {
		t.Errorf("the log holds:\n%s", text)
	}
}

const itemsContract = `openapi: 3.0.3
info: { title: items, version: 1.0.0 }
paths:
  /items:
    get:
      responses:
        "200":
          description: All items
          content: { application/json: { schema: { type: object, required: [items], properties: { items: { type: array, items: { type: string } } } } } }
`

// serving is a release of items that answers as its contract says and is verified in dev, where stubs are published.
func serving(t *testing.T, e2e string) *world {
	t.Helper()
	w := newWorld(t)
	service := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/items" {
			http.NotFound(out, r)
			return
		}
		out.Header().Set("Content-Type", "application/json")
		_, _ = out.Write([]byte(`{"items":["anvil"]}`))
	}))
	t.Cleanup(service.Close)
	w.places["dev"].endpoint = service.URL
	w.pipeline.Environments[0].PublishStub = true
	w.pipeline.Environments[0].StubChannel = "dev"
	w.service.Contract = "openapi.yaml"
	w.write("openapi.yaml", itemsContract)
	w.build("true", e2e)
	w.must("dev/push", "dev/e2e")
	return w
}

// consumer is a run of the service "orders", which depends on items and tests that with a command.
func (w *world) consumer(command string) {
	w.t.Helper()
	w.service = config.Service{
		Name: "orders", Path: w.service.Path, DependsOn: []string{"items"},
		ContractTests: &config.Stage{Steps: []config.Step{{Name: "contract", Run: command}}},
	}
	w.run.Plan.Service = "orders"
	w.run.Release = promotion.Release{Service: "orders", Version: "2.0.0"}
}

func TestWhatE2ESawBecomesTheStubThatOthersTestAgainst(t *testing.T) {
	w := serving(t, calling(t, "BASE_URL", "/items"))
	w.must("dev/stub", "dev/publish")
	if w.run.Release.Stub == "" {
		t.Fatal("the release carries no stub")
	}
	stub := w.run.Release.Stub

	w.consumer(calling(t, "ITEMS_URL", "/items"))
	result, err := w.execute("build/contract")
	if err != nil || len(result.Warnings) != 0 {
		t.Fatalf("%v, %v\n%s", result.Warnings, err, w.text())
	}
	if got := result.Release.Tested["items@dev"]; got != stub {
		t.Errorf("tested against %s, want %s", got, stub)
	}
}

func TestARequestThatNoStubKnowsIsToBlameForARedContractTest(t *testing.T) {
	w := serving(t, calling(t, "BASE_URL", "/items"))
	w.must("dev/stub", "dev/publish")
	w.consumer(calling(t, "ITEMS_URL", "/items", "/prices"))
	_, err := w.execute("build/contract")
	wantVerdict(t, err, "the stub of items knows no such request", "/prices")
	w.consumer("(" + calling(t, "ITEMS_URL", "/items", "/prices") + "); true") // though no test notices
	_, err = w.execute("build/contract")
	wantVerdict(t, err, "/prices")
}

func TestADependencyThatIsNeverCalledIsAWarning(t *testing.T) {
	w := serving(t, calling(t, "BASE_URL", "/items"))
	w.must("dev/stub", "dev/publish")
	w.consumer("true")
	result, err := w.execute("build/contract")
	if err != nil || len(result.Warnings) != 1 || !strings.Contains(result.Warnings[0], "items was never called") {
		t.Errorf("got %v, %v", result.Warnings, err)
	}
}

func TestADependencyWithoutAStubSaysWhatToPromoteFirst(t *testing.T) {
	w := serving(t, calling(t, "BASE_URL", "/items"))
	w.consumer("true")
	_, err := w.execute("build/contract")
	wantVerdict(t, err, "items has no stub", "gantry run items")
}

func TestAServiceThatAnswersOtherwiseThanItsStubGetsNone(t *testing.T) {
	w := serving(t, calling(t, "BASE_URL", "/items"))
	w.places["dev"].endpoint = answering(t, `{"items":"none"}`)
	_, err := w.execute("dev/stub")
	wantVerdict(t, err, "/items")
}

func answering(t *testing.T, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "application/json")
		_, _ = out.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestAStubStageWithoutWhatE2ERecordedSaysWhereToBegin(t *testing.T) {
	w := newWorld(t)
	_, err := w.execute("dev/stub")
	wantError(t, err, "rerun from e2e")
	w.pipeline.Environments[0].PublishStub = true
	_, err = w.execute("dev/publish")
	wantError(t, err, "rerun from the stub stage")
}
