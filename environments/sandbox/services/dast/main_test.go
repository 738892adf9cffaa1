package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// build builds binaries of this module, as the build stage does.
func build(t *testing.T, packages ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, p := range packages {
		command := exec.Command("go", "build", "-o", filepath.Join(dir, strings.ReplaceAll(p, "/", "-")), "../"+p)
		command.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v: %s", p, err, out)
		}
	}
	return dir
}

func TestIntegrationABuiltServiceIsProbedTogetherWithWhatItNeeds(t *testing.T) {
	dir := build(t, "inventory", "inventory/cmd/migrate", "orders", "orders/cmd/migrate")
	at := func(name string) string { return filepath.Join(dir, name) }
	var out, problems bytes.Buffer
	code := run(context.Background(), []string{
		"-binary", at("orders"), "-migrate", at("orders-cmd-migrate"), "-openapi", "../orders/openapi.yaml",
		"-needs", "inventory=" + at("inventory") + "," + at("inventory-cmd-migrate"), "-sarif", at("dast.sarif"),
	}, &out, &problems)
	if code != 0 || !strings.HasPrefix(out.String(), "0 findings in ") {
		t.Fatalf("exits %d: %s%s", code, &out, &problems)
	}
	if _, err := os.Stat(at("dast.sarif")); err != nil {
		t.Error(err)
	}
}

func TestIntegrationAServiceThatDoesNotStartIsNoVerdict(t *testing.T) {
	dir := build(t, "orders")
	var out, problems bytes.Buffer
	code := run(context.Background(), []string{"-binary", filepath.Join(dir, "orders"), "-openapi", "../orders/openapi.yaml"}, &out, &problems)
	if code != 2 || !strings.Contains(problems.String(), "DATABASE_URL is not set") {
		t.Errorf("exits %d: %s%s", code, &out, &problems)
	}
}

func TestWithoutABinaryItSaysWhatToGive(t *testing.T) {
	var out, problems bytes.Buffer
	if code := run(context.Background(), nil, &out, &problems); code != 2 || !strings.Contains(problems.String(), "-binary") {
		t.Errorf("exits %d: %s", code, &problems)
	}
}
