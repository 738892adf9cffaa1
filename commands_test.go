package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/tui/commandline"
)

const smallPipeline = `
[[environment]]
name = "dev"
verify = ["acceptance", "e2e"]
publish_stub = true

[[service]]
name = "app"
path = "app"
contract = "openapi.yaml"
  [[service.build.step]]
  name = "compile"
  run = "true"
  [service.image]
  files = { "/app" = "app" }
  entrypoint = ["/app"]
  [service.acceptance]
  files = { "suite" = "suite" }
  run = "./suite"
  [service.e2e]
  files = { "suite" = "suite" }
  run = "./suite"
`

// desk is a configuration and the commands that are given about it.
type desk struct {
	t   *testing.T
	dir string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir()}
	t.Cleanup(func() {
		if code, text := d.give(context.Background(), "engine stop --now"); code != commandline.Done {
			t.Errorf("the engine does not stop: %d, %s", code, text)
		}
	})
	for name, text := range map[string]string{"config.toml": smallPipeline, "app/VERSION": "1.0.0\n", "app/openapi.yaml": "openapi: 3.0.0\n"} {
		path := filepath.Join(d.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// give gives a command, which is interrupted when ctx ends, and returns the exit code and all that it says.
func (d *desk) give(ctx context.Context, line string, typed ...string) (int, string) {
	d.t.Helper()
	var said bytes.Buffer
	args := append([]string{"--config", filepath.Join(d.dir, "config.toml")}, strings.Fields(line)...)
	code := commandline.Main(ctx, wiring(), args, strings.NewReader(strings.Join(typed, "\n")), &said, &said)
	return code, said.String()
}

func TestAConversationStartsARunAndLeavesItToTheEngine(t *testing.T) {
	d := newDesk(t)
	code, said := d.give(t.Context(), "--plain", "run app", "yes", "where")
	if code != commandline.Done || !strings.Contains(said, "You are on run 1 now.") || !strings.Contains(said, "You are on run 1 of app") {
		t.Errorf("it ended with %d:\n%s", code, said)
	}
	d.want(commandline.Done, "runs", "app")
}

// want gives a command and wants its exit code and some of its words.
func (d *desk) want(code int, line string, words ...string) {
	d.t.Helper()
	got, said := d.give(d.t.Context(), line)
	if got != code {
		d.t.Errorf("gantry %s ended with %d, want %d: %s", line, got, code, said)
	}
	for _, word := range words {
		if !strings.Contains(said, word) {
			d.t.Errorf("gantry %s says nothing of %q: %s", line, word, said)
		}
	}
}

func TestWhatIsUnknownIsAUsageErrorWithTheNextStep(t *testing.T) {
	d := newDesk(t)
	d.want(commandline.Waits, "run app --step", "paused before build/build")
	for line, words := range map[string]string{
		"run nope":                        "it has app",
		"run app --until nope":            "it has dev",
		"run app --commit nope":           "what is there to build of app",
		"run app --drill dev/nope":        "dev/deploy",
		"run app --drill dev/deploy=nope": "fail, error, hang, crash, lost, corrupt, refuse or slow",
		"status nope":                     "it has app",
		"runs nope":                       "it has app",
		"show 7":                          "`gantry runs`",
		"logs 7 dev/push":                 "`gantry runs`",
		"logs 1 dev/nope":                 "`gantry show 1`",
		"logs 1 build/build":              "it has not started",
		"retry 7":                         "`gantry runs`",
		"retry 1 dev/nope":                "is not the stage that the run stands at",
		"step 7":                          "`gantry runs`",
		"resume 7":                        "`gantry runs`",
		"abort 7":                         "`gantry runs`",
		"rollback nope dev":               "it has app",
		"rollback app nope":               "`gantry status`",
		"rollback app dev --yes":          "nothing is live in dev/app",
		"stub pull nope@dev there":        "choose one of app",
		"stub serve app@nope":             "choose one of dev",
		"stub pull app there":             "SERVICE@CHANNEL",
		"nope":                            "gantry --help",
		"show seven":                      "gantry --help",
	} {
		d.want(commandline.Usage, line, words)
	}
}

func TestWithoutAConfigurationEveryCommandSaysWhereToGetOne(t *testing.T) {
	d := newDesk(t)
	if err := os.Remove(filepath.Join(d.dir, "config.toml")); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"run app", "status", "runs", "show 1", "logs 1 dev/push", "retry 1", "rollback app dev", "watch", "stub list", "validate", ""} {
		d.want(commandline.Usage, line, "there is no configuration", "--config FILE")
	}
}

func TestAConfigurationIsHeldAgainstWhatTheEnvironmentsAre(t *testing.T) {
	d := newDesk(t)
	d.want(commandline.Done, "validate --online", "dev: directory "+d.dir, "they share nothing of this")
	one := func(name string) string {
		return "\n[[environment]]\nname = \"" + name + "\"\nplatform = \"command\"\nregistry = { address = \"registry.test\" }\n[environment.command]\ndeploy = \"true\"\nlive = \"true\"\nstop = \"true\"\nmigrate = \"true\"\nurl = \"http://{name}.test\"\nidentity = \"" + "echo somewhere; exit $STATUS" + "\"\npass_env = [\"STATUS\"]\n"
	}
	path := filepath.Join(d.dir, "config.toml")
	if err := os.WriteFile(path, []byte(one("qa")+one("prod")+smallPipeline), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("STATUS", "0")
	d.want(commandline.Usage, "validate --online", "qa: identity somewhere", "qa and prod share the identity somewhere: give each environment its own")
	d.want(commandline.Done, "validate", "is valid")
	t.Setenv("STATUS", "1")
	d.want(commandline.Failed, "validate --online", "that the environments share nothing is not proven", "qa: identity: exit status 1")
}

func TestWatchingWhereMergesShallStartNothingIsRefused(t *testing.T) {
	d := newDesk(t)
	path := filepath.Join(d.dir, "config.toml")
	if err := os.WriteFile(path, []byte("[pipeline]\nwatch = false\n"+smallPipeline), 0o600); err != nil {
		t.Fatal(err)
	}
	d.want(commandline.Usage, "watch", "watch = false", "gantry run")
}

// leaver interrupts a command as soon as it has said some words.
type leaver struct {
	bytes.Buffer
	words string
	leave func()
}

func (l *leaver) Write(p []byte) (int, error) {
	n, err := l.Buffer.Write(p)
	if strings.Contains(l.String(), l.words) {
		l.leave()
	}
	return n, err
}

func TestARunThatNobodyWorksOnIsNotPassedOffAsRunning(t *testing.T) {
	d := newDesk(t)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	said := &leaver{words: "build/build started", leave: leave}
	config := filepath.Join(d.dir, "config.toml")
	code := commandline.Main(ctx, wiring(), []string{"--config", config, "run", "app", "--drill", "build/build=hang"}, strings.NewReader(""), said, said)
	if code != commandline.Interrupted || !strings.Contains(said.String(), "run 1 goes on in gantry engine (pid ") {
		t.Fatalf("exit code %d: %s", code, said)
	}
	d.want(commandline.Done, "engine status", "gantry engine (pid ")
	d.want(commandline.Usage, "down", "run 1 is under way", "gantry engine stop --now")
	d.want(commandline.Done, "engine stop --now", "has left")
	d.want(commandline.Done, "engine status", "no engine works on")
	for _, line := range []string{"runs", "show 1"} {
		d.want(commandline.Done, line, "no engine is at work", "gantry resume 1")
	}
	d.want(commandline.Done, "abort 1", "is aborted")
	if _, said := d.give(t.Context(), "runs"); strings.Contains(said, "no engine") {
		t.Errorf("nothing needs one: %s", said)
	}
}

func TestASecondEngineIsToldWhoHoldsTheStateDirectory(t *testing.T) {
	d := newDesk(t)
	lock, err := journal.Acquire(filepath.Join(d.dir, ".gantry"), "gantry watch", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	for _, line := range []string{"run app", "watch", "abort 1", "down"} {
		d.want(commandline.Usage, line, "gantry watch", "holds", "`gantry status`")
	}
	d.want(commandline.Done, "status", "app") // looking needs no lock
	d.want(commandline.Done, "runs", "Nothing has run yet")
}

func TestAStateDirectoryThatCannotBeMadeIsAUsageError(t *testing.T) {
	d := newDesk(t)
	if err := os.WriteFile(filepath.Join(d.dir, ".gantry"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d.want(commandline.Usage, "run app", "--state")
}

func TestDownWhileNothingRunsMayBeRepeated(t *testing.T) {
	d := newDesk(t)
	for range 2 {
		d.want(commandline.Done, "down", "nothing runs in")
	}
}

func TestWithoutGitADirectoryIsBuiltAndACommitIsNot(t *testing.T) {
	d := newDesk(t)
	t.Setenv("PATH", t.TempDir())
	d.want(commandline.Waits, "run app --step", "run 1 of app started")
	d.want(commandline.Usage, "run app --commit HEAD", "git is not on PATH")
}

func TestAnInterruptionBeforeTheFirstEventStartsNothing(t *testing.T) {
	d := newDesk(t)
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	for _, line := range []string{"run app", "retry 1", "rollback app dev"} {
		if code, said := d.give(interrupted, line); code != commandline.Interrupted || strings.Contains(said, "context") {
			t.Errorf("gantry %s ended with %d: %s", line, code, said)
		}
	}
	d.want(commandline.Done, "runs", "Nothing has run yet")
}
