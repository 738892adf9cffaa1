package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestTwoConfigurationsAreComparedByWhatConcernsAService(t *testing.T) {
	from := `
[pipeline]
queue = "latest"
[console]
theme = "dark"
[[environment]]
name = "dev"
[[environment]]
name = "qa"
soak = "1h"
rolls_back = ["qa", "dev"]
[[service]]
name = "orders"
  [[service.build.step]]
  name = "unit"
  run = "go test ./..."
[[service]]
name = "stock"
version = "VERSION"
`
	to := strings.NewReplacer(`soak = "1h"`, `budget = "5m"`, `"qa", "dev"`, `"qa"`, "go test ./...", "go test -race ./...", `"VERSION"`, `"OTHER"`, "dark", "light").Replace(from)
	got, err := Differences(from, to, "orders")
	want := "[{environment.qa.budget  5m} {environment.qa.rolls_back [qa dev] [qa]} {environment.qa.soak 1h } {service.orders.build.step.unit.run go test ./... go test -race ./...}]"
	if err != nil || fmt.Sprint(got) != want {
		t.Errorf("got  %v (%v)\nwant %s", got, err, want)
	}
	if got, err := Differences(from, from, "orders"); err != nil || len(got) > 0 {
		t.Errorf("the same text differs in %v (%v)", got, err)
	}
	if _, err := Differences(from, "[", "orders"); err == nil {
		t.Error("a text that is no TOML is compared")
	}
}
