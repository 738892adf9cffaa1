package journaltest

import (
	"fmt"
	"strings"
)

const environments = `[pipeline]
watch = true

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
`

// service is one that has all of its stages, each of which ends at once should anybody execute it.
const service = `
[[service]]
name = "%[1]s"
path = "services/%[1]s"
team = "team-%02[2]d"
contract = "openapi.yaml"
  [[service.build.step]]
  name = "compile"
  run = "true"
  [service.image]
  files = { "/app" = "app" }
  entrypoint = ["/app"]
  [service.migrations]
  files = { "/migrate" = "migrate" }
  entrypoint = ["/migrate"]
  [service.acceptance]
  files = { "suite" = "suite" }
  run = "./suite"
  [service.e2e]
  files = { "suite" = "suite" }
  run = "./suite"
`

// Config is the configuration of so many services, of twenty teams, through dev, qa and prod.
func Config(services int) string {
	var b strings.Builder
	b.WriteString(environments)
	for i := range services {
		fmt.Fprintf(&b, service, fmt.Sprintf("service-%03d", i), i%20)
	}
	return b.String()
}
