package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
)

// whole is a configuration in which nothing is wrong, with two services through three environments.
const whole = `[pipeline]
mode = "continuous-deployment"

[[environment]]
name = "dev"
team_isolation = true

[[environment]]
name = "qa"
rolls_back = ["qa", "dev"]
publish_stub = true

[[environment]]
name = "prod"
protected = true
stub_channel = "prod"

[[service]]
name = "inventory"
path = "inventory"
team = "warehouse"
contract = "openapi.yaml"
  [[service.build.step]]
  name = "compile"
  run = "make"
  [service.image]
  files = { "/app" = "app" }
  entrypoint = ["/app"]
  [service.migrations]
  files = { "/migrate" = "migrate" }
  entrypoint = ["/migrate"]
  [service.acceptance]
  files = { "suite" = "acceptance" }
  run = "./suite"
  [service.e2e]
  files = { "suite" = "e2e" }
  run = "./suite"

[[service]]
name = "orders"
path = "orders"
team = "checkout"
depends_on = ["inventory"]
contract = "openapi.yaml"
  [[service.build.step]]
  name = "compile"
  run = "make"
  [[service.build.step]]
  name = "unit"
  run = "make test"
  needs = ["compile"]
  report = "junit"
  file = "out/report.xml"
  [service.image]
  files = { "/app" = "app" }
  entrypoint = ["/app"]
  [[service.contract_tests.step]]
  name = "inventory"
  run = "make contract"
  [service.acceptance]
  files = { "suite" = "acceptance" }
  run = "./suite"
  [service.e2e]
  files = { "suite" = "e2e" }
  run = "./suite"
`

// root is a directory with what the whole configuration names.
func root(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for _, service := range []string{"inventory", "orders"} {
		for _, name := range []string{"openapi.yaml", "VERSION"} {
			path := filepath.Join(dir, service, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("1.0.0\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func parsed(t testing.TB, text string) config.Pipeline {
	t.Helper()
	p, err := config.Parse("config.toml", text, root(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// edited is the whole configuration with some text replaced. Pairs of old and new; old must be there.
func edited(t testing.TB, pairs ...string) string {
	t.Helper()
	text := whole
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the configuration has no %q to replace", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}
