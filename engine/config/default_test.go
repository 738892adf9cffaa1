package config_test

import (
	"path/filepath"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
)

func TestTheDefaultConfigurationIsRight(t *testing.T) {
	p, err := config.Load(filepath.Join("..", "..", "config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range p.Warnings {
		t.Error(warning)
	}
	wantStages(t, planned(t, p, "orders", config.PlanOptions{}),
		"build/build build/contract",
		"dev/push dev/migrate dev/compat dev/deploy dev/acceptance",
		"qa/copy qa/migrate qa/compat qa/deploy qa/acceptance qa/e2e qa/stub qa/publish",
		"prod/copy prod/migrate prod/compat prod/deploy prod/acceptance prod/e2e prod/publish")
	if team := p.Service("inventory").Team; team != "warehouse" {
		t.Errorf("inventory belongs to %q", team)
	}
}
