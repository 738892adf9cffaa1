package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func TestADryRunTellsWhichBuilderThereIs(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	built := config.Image{Dockerfile: &config.Dockerfile{File: "Dockerfile", Target: "app"}}
	service := config.Service{Image: built, Migrations: &config.Image{Files: map[string]string{"/m": "m"}}}
	plan := promotion.Plan{Columns: []promotion.Column{{Name: promotion.BuildColumn}, {Name: "dev"}}}
	check := func() engine.Check {
		t.Helper()
		checks := builderChecks(t.Context(), service, plan)
		if len(checks) != 1 {
			t.Fatalf("%d checks: %+v", len(checks), checks)
		}
		return checks[0]
	}
	if c := check(); c.State != engine.CheckWrong || !strings.Contains(c.Detail, "there is no program podman on PATH") || c.Next == "" {
		t.Errorf("without any: %+v", c)
	}
	if err := os.WriteFile(filepath.Join(bin, "podman"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if c := check(); c.State != engine.CheckOK || c.Detail != "podman builds Dockerfile, the stage app" {
		t.Errorf("with podman: %+v", c)
	}
	plan.Columns = plan.Columns[1:]
	if checks := builderChecks(t.Context(), service, plan); len(checks) > 0 {
		t.Errorf("nothing is built, and yet: %+v", checks)
	}
}
