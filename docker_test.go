package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/tui/commandline"
)

// daemonAddress is a Docker daemon to test on.
func daemonAddress(t *testing.T) string {
	t.Helper()
	address := os.Getenv("GANTRY_TEST_DOCKER")
	if address == "" && os.Getenv("GANTRY_CI") == "1" {
		t.Fatal("gantry needs a Docker daemon: set GANTRY_TEST_DOCKER to its address")
	}
	if address == "" {
		t.Skip("gantry needs a Docker daemon: set GANTRY_TEST_DOCKER to its address")
	}
	return address
}

// The default pipeline with one line changed in each environment: both services go to Prod as containers of images that
// Gantry has put together from nothing; a failure in QA rolls back, an engine that dies in the middle of a deploy is
// followed by another, and nothing is left on the daemon afterwards.
func TestTheDefaultPipelineOnDocker(t *testing.T) {
	address := daemonAddress(t)
	h := newHouse(t)
	for _, name := range []string{"dev", "qa", "prod"} {
		h.edit("config.toml", "[[environment]]\nname = \""+name+"\"\n",
			"[[environment]]\nname = \""+name+"\"\nplatform = \"docker\"\ndocker = { host = \"env:GANTRY_TEST_DOCKER\", memory = \"256m\", cpus = 1, pids = 200 }\n")
	}
	h.commit("On Docker")
	h.mustRun(commandline.Done, "validate")
	one := h.bothToProd()
	running := h.onDaemon(address, "ps", "--quiet")
	if len(running) != 6 {
		t.Errorf("%d containers run, want two services in three environments", len(running))
	}

	h.release("1.1.0")
	h.mustRun(commandline.Failed, "run", "orders", "--drill", "qa/e2e")
	want(t, h.digests("orders"), one, one, one)
	plan := h.mustRun(commandline.Done, "run", "orders", "--dry-run")
	if !strings.Contains(plan, "Docker ") {
		t.Errorf("a dry run says nothing of the daemon:\n%s", plan)
	}

	h.newerThough("qa/deploy", one)
	if again := h.onDaemon(address, "ps", "--all", "--quiet"); len(again) != len(running) {
		t.Errorf("%d containers are there, want %d: the old ones are gone", len(again), len(running))
	}

	h.mustRun(commandline.Done, "run", "orders") // the same release once more, beside itself
	h.mustRun(commandline.Done, "down")
	for _, repository := range h.repositories() {
		out, err := exec.Command("docker", "--host", address, "images", "--digests", "--format", "{{.Repository}}").Output()
		if err != nil || strings.Contains(string(out), repository) {
			t.Errorf("images of %s are left, %v:\n%s", repository, err, out)
		}
	}
	for _, kind := range [][]string{{"ps", "--all", "--quiet"}, {"network", "ls", "--quiet"}} {
		if left := h.onDaemon(address, kind...); len(left) > 0 {
			t.Errorf("%v: %v is left", kind, left)
		}
	}
}

// repositories are where the house's registries are: "127.0.0.1:4711/".
func (h *house) repositories() []string {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join(h.dir, ".gantry", "environments", "*", "state.json"))
	if err != nil || len(files) != 3 {
		h.t.Fatalf("the environments keep %v, %v", files, err)
	}
	var all []string
	for _, file := range files {
		var state struct {
			Port int `json:"registry_port"`
		}
		if err := json.Unmarshal([]byte(readFile(h.t, file)), &state); err != nil {
			h.t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("127.0.0.1:%d/", state.Port))
	}
	return all
}

// onDaemon is what of this house is on the daemon.
func (h *house) onDaemon(address string, list ...string) []string {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join(h.dir, ".gantry", "environments", "*", "secrets.json"))
	if err != nil || len(files) != 3 {
		h.t.Fatalf("the environments keep %v, %v", files, err)
	}
	var all []string
	for _, file := range files {
		var secrets struct{ Identity string }
		if err := json.Unmarshal([]byte(readFile(h.t, file)), &secrets); err != nil {
			h.t.Fatal(err)
		}
		args := append([]string{"--host", address}, list...)
		out, err := exec.Command("docker", append(args, "--filter", "label=cd.gantry.state="+secrets.Identity[:12])...).Output()
		if err != nil {
			h.t.Fatalf("docker %v: %v", args, err)
		}
		all = append(all, strings.Fields(string(out))...)
	}
	return all
}
