package config_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
)

// lineOf is where the n-th line that begins with some text stands, from 1.
func lineOf(t *testing.T, text, begins string, n int) int {
	t.Helper()
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), begins) {
			if n--; n == 0 {
				return i + 1
			}
		}
	}
	t.Fatalf("no line begins with %q", begins)
	return 0
}

// A mistake is one edit of a configuration that was right, and the one problem that follows, at the n-th line that
// begins with some text.
type mistake struct {
	situation, old, now string
	begins              string
	n                   int
	want                string
}

var mistakes = []mistake{
	{"an unknown key", "protected = true", "proteced = true", "proteced", 1, `environment "prod": there is no key "proteced" here (did you mean "protected"?)`},
	{"an unknown key at the top", "[pipeline]", "[pipelines]", "[pipelines]", 1, `there is no key "pipelines" here (did you mean "pipeline"?)`},
	{"an unknown key in a nested list of tables", `report = "junit"`, `reprot = "junit"` + "\n  report = \"junit\"", "reprot", 1, `service "orders": build: step "unit": there is no key "reprot" here (did you mean "report"?)`},
	{"a key that resembles nothing", "protected = true", "zzzzzzzz = true", "zzzzzzzz", 1, `environment "prod": there is no key "zzzzzzzz" here`},
	{"a text where true or false belongs", "protected = true", `protected = "yes"`, "protected", 1, `environment "prod": protected is a text: it must be true or false`},
	{"a text where a list belongs", `rolls_back = ["qa", "dev"]`, `rolls_back = "qa"`, "rolls_back", 1, `environment "qa": rolls_back is a text: it must be a list of texts`},
	{"a number in a list of texts", `rolls_back = ["qa", "dev"]`, "rolls_back = [\n  \"qa\",\n  7,\n]", "7", 1, `environment "qa": rolls_back: item 2 is a whole number: it must be a text`},
	{"a table where a list of tables belongs", "  [[service.contract_tests.step]]", "  [service.contract_tests.step]", "[service.contract_tests.step]", 1, `service "orders": contract_tests: step is a table: it must be a list of tables: write [[step]]`},
	{"two services of one name", "[[service]]", "[[service]]\nname = \"inventory\"\npath = \"inventory\"\nteam = \"warehouse\"\ncontract = \"openapi.yaml\"\nbuild.step = [{ name = \"a\", run = \"a\" }]\nimage = { files = { a = \"a\" }, entrypoint = [\"a\"] }\ne2e = { files = { a = \"a\" }, run = \"a\" }\n\n[[service]]", `name = "inventory"`, 2, `service "inventory": there is another service of this name: give each a name of its own`},
	{"the same twice in a list", `["qa", "dev"]`, "[\"qa\", \"dev\",\n\n  \"qa\"]", `"qa"`, 1, `environment "qa": rolls_back: "qa" stands there twice`},
	{"no name", `name = "prod"`, "", "[[environment]]", 3, `environment 3: it has no name: give it one: name = "…"`},
	{"a name in capitals", `name = "orders"`, `name = "Orders"`, `name = "Orders"`, 1, `service 2: name is "Orders": it must begin with a letter and hold only a-z, 0-9 and -, at most 63 of them`},
	{"two steps of one name", `run = "make contract"`, "run = \"make contract\"\n[[service.contract_tests.step]]\nname = \"inventory\"\nrun = \"true\"", `name = "inventory"`, 3, `service "orders": contract_tests: step "inventory": there is another step of this name: give each a name of its own`},
	{"an environment called build", `name = "prod"`, `name = "build"`, `name = "build"`, 1, `environment "build": "build" is the column where everything is built: call the environment something else`},
	{"an unknown platform", "protected = true", `platform = "sandbx"`, "platform", 1, `environment "prod": platform is "sandbx": it must be sandbox, docker, aws or command (did you mean "sandbox"?)`},
	{"an unknown mode", "continuous-deployment", "continuous-deploy", "mode", 1, `pipeline: mode is "continuous-deploy": it must be continuous-deployment or continuous-delivery`},
	{"continuous delivery without a reason", "continuous-deployment", "continuous-delivery", "mode", 1, `pipeline: mode is "continuous-delivery": say why a person must approve what the tests have passed: justification = "…"`},
	{"a branch that git would take for an option", "[pipeline]", "[pipeline]\nbranch = \"--all\"", "branch", 1, `pipeline: branch is "--all": it must be the name of a git branch`},
	{"no room for any run", "[pipeline]", "[pipeline]\nparallel = 0", "parallel", 1, `pipeline: parallel is 0: it must be at least 1`},
	{"rolling back an environment that does not exist", `["qa", "dev"]`, `["qa", "dex"]`, "rolls_back", 1, `environment "qa": rolls_back: there is no environment "dex" (did you mean "dev"?)`},
	{"rolling back a later environment", `["qa", "dev"]`, `["qa", "prod"]`, "rolls_back", 1, `environment "qa": rolls_back: prod comes after it, so a failure here cannot have reached it`},
	{"an unknown answer to failure", "protected = true", `on_failure = "ignore"`, "on_failure", 1, `environment "prod": on_failure is "ignore": it must be rollback or hold`},
	{"a wait that nothing waits for", "protected = true", `hold_for = "10m"`, "hold_for", 1, `environment "prod": hold_for says how long on_failure = "hold" waits, but on_failure is "rollback"`},
	{"a duration without a unit", "protected = true", `health_timeout = "30"`, "health_timeout", 1, `environment "prod": health_timeout is "30": write a time like "90s" or "10m"`},
	{"a duration that is negative", "protected = true", `health_timeout = "-3s"`, "health_timeout", 1, `environment "prod": health_timeout is "-3s": write a time like "90s" or "10m"`},
	{"an unknown verification", "protected = true", `verify = ["acceptance", "e2e", "smoke"]`, "verify", 1, `environment "prod": verify: "smoke" must be acceptance or e2e`},
	{"a stub without the tests that it is recorded from", `publish_stub = true`, "publish_stub = true\nverify = [\"acceptance\"]", "publish_stub", 1, `environment "qa": publish_stub: a stub is recorded while e2e runs, which this environment does not: add "e2e" to verify`},
	{"a channel that two environments move", `stub_channel = "prod"`, `stub_channel = "qa"`, "stub_channel", 1, `environment "prod": stub_channel "qa" is also qa's: give each environment its own`},
	{"a shared repository", "protected = true", `registry = { prefix = "qa" }`, "registry", 1, `environment "prod": repository is also qa's: give each environment its own`},
	{"a shared registry port", "protected = true", "registry = { port = 5001 }\nproxy = { orders = 5001 }", "proxy", 1, `environment "prod": port 5001 is also prod's registry: give each its own, or leave it out for a free one`},
	{"a port that is none", "protected = true", "registry = { port = 70000 }", "registry", 1, `environment "prod": registry: port is 70000: it must be between 1 and 65535`},
	{"a port of an unknown service", "protected = true", "proxy = { order = 8080 }", "proxy", 1, `environment "prod": proxy: there is no service "order" (did you mean "orders"?)`},
	{"a database password typed in", "protected = true", `database = { postgres = "postgres://admin:hunter2@db/prod" }`, "database", 1, `environment "prod": database: postgres holds a password, and this file is kept in git and in every run's journal: refer to it: "env:NAME", "file:PATH" or "exec:COMMAND"`},
	{"a password typed in among the variables", "protected = true", "[environment.variables]\nPLAIN = \"1\"\nQUEUE = \"amqp://app:hunter2@queue/\"", "QUEUE", 1, `environment "prod": variables: QUEUE holds a password, and this file is kept in git and in every run's journal: let the service read it from where only it can`},
	{"a service without a directory", `path = "orders"`, `path = "order"`, "path", 2, `service "orders": path is "order": it does not exist`},
	{"a contract that is not there", `depends_on = ["inventory"]` + "\n" + `contract = "openapi.yaml"`, `depends_on = ["inventory"]` + "\n" + `contract = "api.yaml"`, "contract", 2, `service "orders": contract is "api.yaml": it does not exist in ROOT/orders`},
	{"a contract out of the service's reach", `depends_on = ["inventory"]` + "\n" + `contract = "openapi.yaml"`, `depends_on = ["inventory"]` + "\n" + `contract = "../openapi.yaml"`, "contract", 2, `service "orders": contract is "../openapi.yaml": it must be a path below the service's directory`},
	{"a file of the source that is not there", `files = { "suite" = "acceptance" }`, "files = { \"suite\" = \"acceptance\",\n    \"seed.sql\" = \"./seed.sql\" }", `"seed.sql"`, 1, `service "inventory": acceptance: files: seed.sql is "./seed.sql": it does not exist in ROOT/inventory`},
	{"a file from outside the build", `files = { "/app" = "app" }`, `files = { "/app" = "/etc/passwd" }`, "files", 1, `service "inventory": image: files: /app is "/etc/passwd": it must be a path below $GANTRY_OUT, or one of the source with a leading "./"`},
	{"an unknown dependency", `depends_on = ["inventory"]`, `depends_on = ["inventroy"]`, "depends_on", 1, `service "orders": depends_on: there is no service "inventroy" (did you mean "inventory"?)`},
	{"a service that depends on itself", `depends_on = ["inventory"]`, `depends_on = ["inventory", "orders"]`, "depends_on", 1, `service "orders": depends_on: it names itself`},
	{"services that depend on each other", `team = "warehouse"`, "team = \"warehouse\"\ndepends_on = [\"orders\"]", "depends_on", 1, `service "inventory": depends_on goes round in a circle: inventory → orders → inventory`},
	{"steps that need each other", `run = "make"` + "\n  [[service", `run = "make"` + "\n  needs = [\"unit\"]\n  [[service", "needs", 1, `service "orders": build: step "compile": needs goes round in a circle: compile → unit → compile`},
	{"a step that needs an unknown one", `needs = ["compile"]`, `needs = ["complie"]`, "needs", 1, `service "orders": build: step "unit": needs: there is no step "complie" (did you mean "compile"?)`},
	{"a step without a command", `run = "make test"`, `run = " "`, `run = " "`, 1, `service "orders": build: step "unit": it has no command: say what to run: run = "…"`},
	{"an unknown report", `report = "junit"`, `report = "junti"`, "report", 1, `service "orders": build: step "unit": report is "junti": it must be gotest, junit, sarif or tap (did you mean "junit"?)`},
	{"a report from elsewhere", `"out/report.xml"`, `"../report.xml"`, "file = \"..", 1, `service "orders": build: step "unit": file is "../report.xml": it must be a path below the service's directory`},
	{"a report's file without its kind", `report = "junit"`, "", "file = \"out", 1, `service "orders": build: step "unit": file is where a report is read from: say of which kind it is: report = gotest, junit, sarif or tap`},
	{"a service without build steps", "  [[service.build.step]]\n  name = \"compile\"\n  run = \"make\"\n", "", "[[service]]", 1, `service "inventory": it has no build steps: add a [[service.build.step]]`},
	{"a build with a deadline and no steps", "  [[service.build.step]]\n  name = \"compile\"\n  run = \"make\"\n", "  [service.build]\n  deadline = \"3m\"\n", "[service.build]", 1, `service "inventory": build: it has no steps: add a [[service.build.step]] with a name and a command to run`},
	{"an image that starts nothing", "entrypoint = [\"/app\"]\n", "", "[service.image]", 1, `service "inventory": image: it has no entrypoint: say what it starts: entrypoint = ["/app"]`},
	{"an image of nothing", `files = { "/app" = "app" }`, `files = {}`, "files = {}", 1, `service "inventory": image: it has no files: say what goes into it: files = { "/app" = "app" }, from $GANTRY_OUT`},
	{"a service of nobody where teams are kept apart", "team = \"checkout\"\n", "", "[[service]]", 2, `service "orders": it has no team, and dev keeps teams apart: say whose it is: team = "…"`},
	{"leaving out what does not exist", `team = "checkout"`, "team = \"checkout\"\ndrop = [\"e2\"]", "drop", 1, `service "orders": drop: "e2" must be contract, compat, acceptance, e2e or stub (did you mean "e2e"?)`},
	{"contract tests against a service without a stub", `team = "warehouse"`, "team = \"warehouse\"\ndrop = [\"stub\"]", "depends_on", 1, `service "orders": contract_tests run against the stub of inventory, which never publishes one: it needs a contract and e2e, and an environment with publish_stub = true`},
}

func TestAMistakeIsToldWithItsLine(t *testing.T) {
	for _, m := range slices.Concat(mistakes, operators) {
		t.Run(m.situation, func(t *testing.T) {
			text, dir := edited(t, m.old, m.now), root(t)
			_, err := config.Parse("config.toml", text, dir)
			want := fmt.Sprintf("config.toml:%d: %s", lineOf(t, text, m.begins, m.n), strings.ReplaceAll(m.want, "ROOT", dir))
			if err == nil || err.Error() != want {
				t.Errorf("the problem is\n%v\nwant\n%s", err, want)
			}
		})
	}
}

func TestEveryProblemIsToldAtOnceInTheOrderOfTheLines(t *testing.T) {
	text := edited(t, `rolls_back = ["qa", "dev"]`, "rolls_back = [\"qa\", \"dev\"]\nregistry = { prefix = \"dev\" }", "protected = true", "protected = 1",
		`depends_on = ["inventory"]`, `depends_on = ["stock"]`, `run = "make test"`, "")
	_, err := config.Parse("config.toml", text, root(t))
	var problems config.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("the error is %v", err)
	}
	want := []string{
		fmt.Sprintf(`config.toml:%d: environment "qa": repository is also dev's: give each environment its own`, lineOf(t, text, "registry", 1)),
		fmt.Sprintf(`config.toml:%d: environment "prod": protected is a whole number: it must be true or false`, lineOf(t, text, "protected", 1)),
		fmt.Sprintf(`config.toml:%d: service "orders": depends_on: there is no service "stock"`, lineOf(t, text, "depends_on", 1)),
		fmt.Sprintf(`config.toml:%d: service "orders": build: step "unit": it has no command: say what to run: run = "…"`, lineOf(t, text, "[[service.build.step]]", 3)),
	}
	if err.Error() != strings.Join(want, "\n") {
		t.Errorf("the problems are\n%v\nwant\n%s", err, strings.Join(want, "\n"))
	}
}

func TestATextThatIsNoTOMLIsToldWithItsColumn(t *testing.T) {
	for text, at := range map[string]string{
		"[pipeline]\nmode = \n":                        "config.toml:2:8: ",
		"[pipeline]\nmode = continuous\n":              "config.toml:2:8: unexpected character",
		"[pipeline]\nwatch = true\nwatch = false\n":    "config.toml:3:1: ",
		"[[environment]]\nname = \"dev\"\n[[service\n": "config.toml:3:",
	} {
		_, err := config.Parse("config.toml", text, t.TempDir())
		if err == nil || !strings.HasPrefix(err.Error(), at) || strings.Contains(err.Error(), "\n") {
			t.Errorf("the problem of %q is %v, want one at %s", text, err, at)
		}
	}
}

func TestAnEmptyConfigurationSaysWhatBelongsIntoIt(t *testing.T) {
	_, err := config.Parse("config.toml", "", t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "[[environment]]") || !strings.Contains(err.Error(), "[[service]]") {
		t.Errorf("the error is %v", err)
	}
}

func TestAFileThatDoesNotExistSaysHowToGetOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	_, err := config.Load(path)
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "--config") {
		t.Errorf("the error is %v", err)
	}
}

func TestTwoNamesOfOneDatabaseAreSeenThrough(t *testing.T) {
	t.Setenv("GANTRY_TEST_QA", "postgres://a@127.0.0.1/one")
	t.Setenv("GANTRY_TEST_PROD", "postgres://a@127.0.0.1/one")
	text := edited(t, "publish_stub = true", "publish_stub = true\ndatabase = { postgres = \"env:GANTRY_TEST_QA\" }",
		"protected = true", `database = { postgres = "env:GANTRY_TEST_PROD" }`)
	_, err := config.Parse("config.toml", text, root(t))
	want := fmt.Sprintf(`config.toml:%d: environment "prod": database is also qa's: give each environment its own`, lineOf(t, text, "database", 2))
	if err == nil || err.Error() != want {
		t.Errorf("the problem is %v, want %s", err, want)
	}
}
