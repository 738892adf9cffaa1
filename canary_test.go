package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/tui/commandline"
)

// leaky is a pipeline whose commands say every secret that they are handed, in every form, and whose references lead to
// secrets everywhere where the configuration takes one.
const leaky = `
[artifacts.http]
url = "CANARY_STORE"
user = "robot"
password = "env:CANARY_ROBOT"

[[environment]]
name = "dev"
platform = "sandbox"
verify = ["acceptance", "e2e"]
publish_stub = true
database = { postgres = "env:CANARY_DATABASE" }
variables = { LISTED = "seen" }

[[notify]]
name = "hook"
webhook = "env:CANARY_HOOK"
secret = "file:hook.key"

[[notify]]
name = "deaf"
webhook = "exec:cat hook.url"
secret = "exec:cat hook.key"

[[service]]
name = "app"
path = "app"
contract = "openapi.yaml"
pass_env = ["CANARY_TOKEN", "CANARY_PROXY", "SEEN"]
  [[service.build.step]]
  name = "says"
  run = '''
    { ps -axww -o args || cat /proc/[0-9]*/cmdline | tr '\0' '\n'; } > "$SEEN/processes"
    env > "$SEEN/variables"
    echo "the token is $CANARY_TOKEN, by $CANARY_PROXY"
    printf %s "${CANARY_TOKEN%????????}"; printf '%s\n' "${CANARY_TOKEN#"${CANARY_TOKEN%????????}"}"
    printf %s "$CANARY_TOKEN" | base64; printf 'user:%s' "$CANARY_TOKEN" | base64
    printf '%s\n' "$CANARY_TOKEN" | sed 's|/|%2F|g; s|+|%2B|g'
    echo "error: $CANARY_TOKEN is refused" >&2
    printf '#!/bin/sh\n' > "$GANTRY_OUT/app"; cp "$GANTRY_OUT/app" "$GANTRY_OUT/suite"
    test ! -e fails
  '''
  [[service.build.step]]
  name = "judges"
  run = '''
    { printf '<testsuite name="s" tests="1" failures="1"><testcase classname="c" name="of %s">' "$CANARY_TOKEN"
      printf '<failure message="got %s">%s</failure></testcase></testsuite>' "$CANARY_TOKEN" "$CANARY_PROXY"; } > report.xml
    test -e fails || echo '<testsuite name="s" tests="1"><testcase classname="c" name="t"/></testsuite>' > report.xml
  '''
  report = "junit"
  file = "report.xml"
  [[service.build.step]]
  name = "scans"
  run = '''
    test -e fails || { echo '{"version":"2.1.0","runs":[]}' > scan.sarif; exit 0; }
    printf '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t"}},"results":[{"ruleId":"R","level":"error","message":{"text":"found %s"}}]}]}' "$CANARY_TOKEN" > scan.sarif
  '''
  report = "sarif"
  file = "scan.sarif"
  [service.image]
  files = { "/app" = "app" }
  entrypoint = ["/app"]
  [service.migrations]
  files = { "/migrate" = "app" }
  entrypoint = ["/migrate"]
  [service.acceptance]
  files = { "suite" = "suite" }
  run = "./suite"
  [service.e2e]
  files = { "suite" = "suite" }
  run = "./suite"
`

// planted are the secrets by where they enter, and what was seen of them.
type planted struct {
	*desk
	secrets map[string]string
	seen    string // where the commands leave what they see
	found   int
}

func plant(t *testing.T) *planted {
	t.Helper()
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	t.Cleanup(hook.Close)
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // it repeats what it refuses
		_, password, _ := r.BasicAuth()
		http.Error(w, r.Header.Get("Authorization")+" is "+password, http.StatusForbidden)
	}))
	t.Cleanup(store.Close)
	p := &planted{desk: newDesk(t), seen: t.TempDir(), secrets: map[string]string{
		"pass_env": "canary/of+the-token-7141", "an address in pass_env": "canary-of-the-proxy-2718",
		"env:, a database's address": "canary-of-the-database-3141", "env:, a webhook's path": "canary-of-the-hook-1618",
		"env:, the password of an artifact store": "canary-of-the-robot-2236",
		"exec:, a webhook's path":                 "canary-of-the-command-1414", "file:, a webhook's secret": "canary-of-the-key-5772",
	}}
	t.Cleanup(func() {
		if code, text := p.give(context.Background(), "down"); code != commandline.Done {
			t.Errorf("down ended with %d: %s", code, text)
		}
	})
	for name, value := range map[string]string{
		"CANARY_TOKEN": p.secrets["pass_env"], "CANARY_PROXY": "https://me:" + p.secrets["an address in pass_env"] + "@proxy.invalid",
		"CANARY_DATABASE": "postgres://admin:" + p.secrets["env:, a database's address"] + "@127.0.0.1:1/postgres?connect_timeout=1",
		"CANARY_HOOK":     hook.URL + "/" + p.secrets["env:, a webhook's path"], "CANARY_UNLISTED": "canary-of-nobody", "CANARY_ROBOT": p.secrets["env:, the password of an artifact store"], "SEEN": p.seen,
	} {
		t.Setenv(name, value)
	}
	for name, text := range map[string]string{
		"config.toml": strings.Replace(leaky, "CANARY_STORE", store.URL+"/stubs", 1), "app/fails": "", "hook.key": p.secrets["file:, a webhook's secret"],
		"hook.url": "http://127.0.0.1:1/" + p.secrets["exec:, a webhook's path"],
	} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// look finds the secrets in a text, in every form in which they may give themselves away.
func (p *planted) look(where string, text []byte) {
	p.t.Helper()
	for what, secret := range p.secrets {
		inner := base64.RawStdEncoding.EncodeToString([]byte(secret))
		shifted := base64.RawStdEncoding.EncodeToString([]byte("user:" + secret))
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), inner[:len(inner)-2], shifted[8 : len(shifted)-2]} {
			if bytes.Contains(text, []byte(form)) {
				p.found++
				p.t.Errorf("%s holds the secret of %s, as %q", where, what, form)
			}
		}
	}
}

// lookAtFiles looks into everything that lies in the state directory, but for the files that exist to hold passwords.
func (p *planted) lookAtFiles() {
	p.t.Helper()
	state := filepath.Join(p.dir, ".gantry")
	err := filepath.WalkDir(state, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || slices.Contains([]string{"secrets.json", "host.json"}, d.Name()) {
			return err
		}
		text, err := os.ReadFile(path)
		p.look(path, text)
		return err
	})
	if err != nil {
		p.t.Error(err)
	}
}

// lookAtProcesses looks at the command lines of all processes.
func (p *planted) lookAtProcesses() {
	p.t.Helper()
	lines, err := os.ReadFile(filepath.Join(p.seen, "processes"))
	if err != nil || len(lines) == 0 {
		p.t.Fatalf("the build saw no processes: %v", err)
	}
	p.look("the process list in a build", lines)
	if lines, err = exec.Command("ps", "-axww", "-o", "args").Output(); err == nil {
		p.look("the process list", lines)
	}
}

// passwords adds the passwords that the sandbox made.
func (p *planted) passwords() {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, ".gantry", "environments", "dev", "secrets.json"))
	var kept struct {
		Write, Read struct{ Password string }
	}
	if err != nil || json.Unmarshal(text, &kept) != nil || kept.Write.Password == "" || kept.Read.Password == "" {
		p.t.Fatalf("no password of the registry is known: %v", err)
	}
	var host struct{ Token string }
	text, err = os.ReadFile(filepath.Join(p.dir, ".gantry", "environments", "dev", "host.json"))
	if err != nil || json.Unmarshal(text, &host) != nil || host.Token == "" {
		p.t.Fatalf("the token of the host is not known: %v", err)
	}
	p.secrets["the host's token"] = host.Token
	p.secrets["the registry's writer"], p.secrets["the registry's reader"] = kept.Write.Password, kept.Read.Password
}

// A secret is planted wherever one can enter. Whoever reads what Gantry keeps, shows or starts finds none.
func TestNoSecretIsFoundAnywhere(t *testing.T) {
	p := plant(t)
	code, text := p.give(t.Context(), "run app")
	if code != commandline.Failed || !strings.Contains(text, "***") {
		t.Fatalf("the build that fails ended with %d, and masks nothing: %s", code, text)
	}
	said := []string{text}
	if err := os.Remove(filepath.Join(p.dir, "app", "fails")); err != nil {
		t.Fatal(err)
	}
	_, text = p.give(t.Context(), "run app --output json")
	if !strings.Contains(text, "dev/migrate") {
		t.Fatalf("the database was not reached for: %s", text)
	}
	said = append(said, text)
	p.passwords()
	for _, line := range []string{
		"show 1", "show 1 --output json", "show 2", "show 2 --output json", "logs 1 build/build", "logs 2 build/build", "logs 2 dev/push", "logs 2 dev/migrate",
		"runs", "runs --output json", "status", "status --output json", "audit", "audit --output json", "validate", "validate --online", "stub list", "run app --dry-run", "run app --dry-run --output json", "engine",
	} {
		_, text := p.give(t.Context(), line)
		said = append(said, "gantry "+line+"\n"+text)
	}
	if refusal := "*** is ***): check what the credential may do there"; strings.Count(strings.Join(said, "\n"), refusal) < 4 {
		t.Errorf("the artifact store was not asked, or not refused: %s", said)
	}
	for _, text := range said {
		first, _, _ := strings.Cut(text, "\n")
		p.look("what is shown by "+first, []byte(text))
	}
	p.lookAtProcesses()
	if code, text := p.give(t.Context(), "engine stop --now"); code != commandline.Done {
		t.Fatal(text)
	}
	p.lookAtFiles()
	t.Logf("canary secrets planted: %d, found: %d", len(p.secrets), p.found)
}

// What a command sees of Gantry's own variables is what the configuration lists.
func TestABuildSeesTheVariablesThatAreListed(t *testing.T) {
	p := plant(t)
	p.give(t.Context(), "run app --until dev")
	text, err := os.ReadFile(filepath.Join(p.seen, "variables"))
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Fields("PATH HOME LANG LC_ALL LC_CTYPE TZ TMPDIR CANARY_TOKEN CANARY_PROXY SEEN GANTRY_OUT GANTRY_VERSION GANTRY_COMMIT PWD OLDPWD SHLVL _")
	for line := range strings.Lines(string(text)) {
		if name, _, _ := strings.Cut(line, "="); !slices.Contains(listed, strings.TrimSpace(name)) {
			t.Errorf("a build sees %s, which nothing lists", name)
		}
	}
}
