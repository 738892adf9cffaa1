package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

const (
	one   = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
	other = "sha256:2222222222222222222222222222222222222222222222222222222222222222"
)

// runs is what live prints of instances, "digest state" each.
func runs(t *testing.T, instances ...string) answer {
	t.Helper()
	var a answer
	for i, text := range instances {
		digest, how, _ := strings.Cut(text, " ")
		a.Instances = append(a.Instances, instance{Name: "i", Image: "registry.test/orders@" + digest, State: state(how), Since: time.Unix(int64(i), 0)})
	}
	text, err := json.Marshal(map[string]any{"instances": append([]instance{}, a.Instances...)})
	if err != nil {
		t.Fatal(err)
	}
	if a, err = read(string(text)); err != nil {
		t.Fatal(err)
	}
	return a
}

func (i instance) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"name": i.Name, "image": i.Image, "state": i.State, "since": i.Since})
}

func TestWhatIsLiveOfSeveralInstances(t *testing.T) {
	for _, c := range []struct {
		name    string
		runs    []string
		known   record
		live    promotion.Digest
		healthy bool
	}{
		{"nothing", nil, record{}, "", false},
		{"what is healthy", []string{one + " healthy"}, record{}, one, true},
		{"what was good while the next one comes up", []string{one + " healthy", other + " starting"}, record{Good: one, Tried: other}, one, true},
		{"what was good while both serve", []string{other + " healthy", one + " healthy"}, record{Good: one, Tried: other}, one, true},
		{"the older one where nothing is known", []string{one + " healthy", other + " healthy"}, record{}, one, true},
		{"nothing while the first one comes up", []string{one + " unhealthy"}, record{Tried: one}, "", false},
		{"what was good, once it is sick", []string{one + " unhealthy"}, record{Good: one}, one, false},
		{"what was good and is sick, not what comes up", []string{other + " starting", one + " failed"}, record{Good: one, Tried: other}, one, false},
		{"what somebody else put there, though it is sick", []string{other + " failed"}, record{Good: one}, other, false},
		{"what somebody else put there beside what was good", []string{other + " healthy"}, record{Good: one}, other, true},
		{"nothing that is on its way out", []string{one + " stopping"}, record{Good: one}, "", false},
	} {
		got := live(runs(t, c.runs...), c.known)
		switch {
		case got == nil && c.live != "":
			t.Errorf("%s: nothing is live", c.name)
		case got != nil && (got.Image != c.live || got.Healthy != c.healthy):
			t.Errorf("%s: live is %+v", c.name, *got)
		}
	}
}

func TestAReleaseHasSettledWhenItAloneRunsAndAsOftenAsWanted(t *testing.T) {
	wanting := func(a answer, wanted int) answer { a.Wanted = wanted; return a }
	rolling := runs(t, one+" healthy")
	rolling.Rolling = true
	for name, c := range map[string]struct {
		a    answer
		want bool
	}{
		"alone":            {runs(t, one+" healthy", one+" healthy"), true},
		"beside another":   {runs(t, one+" healthy", other+" healthy"), false},
		"one is sick":      {runs(t, one+" healthy", one+" starting"), false},
		"fewer than asked": {wanting(runs(t, one+" healthy"), 2), false},
		"nothing":          {runs(t), false},
		"still rolled out": {rolling, false},
		"another goes":     {runs(t, one+" healthy", other+" stopping"), true},
	} {
		if got := c.a.settled(one); got != c.want {
			t.Errorf("%s: settled is %v", name, got)
		}
	}
}

func TestAnAnswerThatIsNoneIsToldWithItsReason(t *testing.T) {
	for text, want := range map[string]string{
		"":                    `it printed nothing: where nothing runs, it must print {"instances": []}`,
		"orders is up":        `it must print one JSON object, and printed "orders is up"`,
		"{}":                  `it printed no "instances"`,
		`{"instances": []} x`: `something stands after the JSON`,
		`{"instances": [{"name": "a", "image": "orders:1.2", "state": "healthy"}]}`:                 `the image of instance "a" is "orders:1.2", which ends with no digest: a tag does not say what runs`,
		`{"instances": [{"name": "a", "image": "orders@` + one + `", "state": "ready"}]}`:           `the state of instance "a" is "ready": it must be one of`,
		`{"instances": [{"name": "a", "image": "orders@` + one + `", "sate": "healthy"}]}`:          `unknown field "sate"`,
		`{"instances": [{"name": "a", "image": "orders@sha256:ABC", "state": "healthy"}]}`:          `ends with no digest`,
		`{"instances": [{"name": "a", "state": "healthy"}]}`:                                        `ends with no digest`,
		`{"instances": [], "wanted": -1}`:                                                           `wanted is -1`,
		`{"instances": [{"image": "` + one + `", "state": "healthy", "since": "yesterday"}]}`:       `parsing time`,
		`{"instances": [{"image": "` + one + `", "state": "healthy"}, {"image": "", "state": ""}]}`: `the state of instance ""`,
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// scripted is an environment of plain commands, in a registry that has what is asked for.
func scripted(t *testing.T, c config.Command) (*Environment, *world, promotion.Digest) {
	t.Helper()
	path := os.Getenv("PATH")
	w := newWorld(t, "kubectl")
	t.Setenv("PATH", path) // these are no examples: they may use whatever there is
	c.Poll = 5 * time.Millisecond
	for _, line := range []*config.CommandLine{&c.Deploy, &c.Live, &c.Stop, &c.Rollback, &c.Migrate, &c.Logs, &c.Events, &c.Endpoint, &c.Identity} {
		if line.Timeout == 0 {
			line.Timeout = 20 * time.Second
		}
	}
	w.config.Command = c
	e := w.open(t).(*Environment)
	w.publish(t, e, w.slot, platformtest.Image{What: "migration", Version: "1", Behaviour: platformtest.Good})
	return e, w, w.publish(t, e, w.slot, platformtest.Image{Version: "1.0.0", Behaviour: platformtest.Good})
}

const nothingRuns = `echo '{"instances": []}'`

func TestHowACommandEndsAndWhatThatMeans(t *testing.T) {
	for _, c := range []struct {
		line    string
		verdict string // begins so; "": none
		err     string
	}{
		{"exit 0", "", ""},
		{`echo '{"result": "succeeded"}'`, "", ""},
		{"echo some words; exit 3", "", "qa: migrate: exit status 3"},
		{"echo no such host >&2; exit 3", "", "qa: migrate: exit status 3: no such host"},
		{`echo '{"result": "failed", "why": "column is missing"}'`, "orders: column is missing", ""},
		{`echo column is missing; echo '{"result": "failed"}'; exit 1`, "orders: column is missing", ""},
		{`echo '{"result": "failed"}'`, "orders: migrate says that it failed, and not why", ""},
		{`echo '{"result": "faild"}'`, "", `result is "faild": it must be "succeeded" or "failed"`},
		{`echo '{"result": "failed", "wy": "x"}'`, "", `unknown field "wy"`},
		{`echo '{"result": "failed"}'; echo; echo afterwards`, "", ""},
		{`echo '{"kind": "Job"}'`, "", ""},
		{`echo '{"result": "succeeded"}'; exit 1`, "", "qa: migrate: exit status 1"},
		{"kill -9 $$", "", "qa: migrate: ended by killed"},
	} {
		e, w, _ := scripted(t, config.Command{Live: config.CommandLine{Run: nothingRuns}, Migrate: config.CommandLine{Run: c.line}})
		image := w.publish(t, e, w.slot, platformtest.Image{What: "migration", Version: "2"})
		err := e.Migrate(t.Context(), engine.Migration{Slot: w.slot, Image: image, Attempt: "1/qa/migrate/1"}, &bytes.Buffer{})
		verdict, bad := errors.AsType[*engine.Verdict](err)
		switch {
		case c.verdict != "" && (!bad || verdict.Why != c.verdict):
			t.Errorf("%s: got %v, want the verdict %q", c.line, err, c.verdict)
		case c.err != "" && (bad || err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: got %v, want the error %q", c.line, err, c.err)
		case c.verdict == "" && c.err == "" && err != nil:
			t.Errorf("%s: got %v", c.line, err)
		}
	}
}

func TestACommandThatTakesTooLongIsEndedAndIsNoVerdict(t *testing.T) {
	left := filepath.Join(t.TempDir(), "left")
	e, w, digest := scripted(t, config.Command{
		Live:   config.CommandLine{Run: nothingRuns},
		Deploy: config.CommandLine{Run: "(sleep 600; touch " + left + ") & wait", Timeout: 50 * time.Millisecond},
	})
	_, err := e.Deploy(t.Context(), engine.Rollout{Slot: w.slot, Release: promotion.Release{Service: "orders", Version: "1.0.0", Image: digest}}, &bytes.Buffer{})
	if _, bad := errors.AsType[*engine.Verdict](err); bad || err == nil || !strings.Contains(err.Error(), "deploy did not end within 50ms") {
		t.Errorf("got %v", err)
	}
}

func TestACommandGetsWhatItIsAskedForAndNothingElse(t *testing.T) {
	t.Setenv("PASSED", "on")
	t.Setenv("NOT_PASSED", "on")
	out := t.TempDir()
	e, w, digest := scripted(t, config.Command{
		Live:    config.CommandLine{Run: nothingRuns},
		Deploy:  config.CommandLine{Run: "env | sort >" + out + "/env; cat >" + out + "/stdin; cat \"$GANTRY_ENV_FILE\" >" + out + "/file; pwd >" + out + "/dir; echo '{\"result\": \"failed\", \"why\": \"enough\"}'"},
		Stop:    config.CommandLine{Run: "true"},
		URL:     "https://{name}.qa.example.com/",
		PassEnv: []string{"PASSED", "NOT_SET"}, Variables: map[string]string{"NAMESPACE": "qa"}, Secrets: map[string]string{"TOKEN": "file:ops/qa/token"},
	})
	slot := w.slot
	_, err := e.Deploy(t.Context(), engine.Rollout{
		Slot: slot, Release: promotion.Release{Service: "orders", Version: "1.0.0", Image: digest}, HealthTimeout: 90 * time.Second,
		Needs: []promotion.Slot{{Environment: "qa", Service: "stock-keeper"}}, Variables: []string{"LOG_LEVEL=a b"},
	}, &bytes.Buffer{})
	if _, bad := errors.AsType[*engine.Verdict](err); !bad {
		t.Fatalf("got %v", err)
	}
	at, err := e.Repository(t.Context(), slot, "")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(file(t, out+"/env")), "\n")
	for _, want := range []string{
		"GANTRY_ACTION=deploy", "GANTRY_ENVIRONMENT=qa", "GANTRY_SERVICE=orders", "GANTRY_NAME=orders", "GANTRY_TEAM=", "GANTRY_ASIDE=", "GANTRY_VERSION=1.0.0",
		"GANTRY_DIGEST=" + string(digest), "GANTRY_IMAGE=" + at.Name.Digest(string(digest)).Name(), "GANTRY_PREVIOUS_IMAGE=", "GANTRY_HEALTH_TIMEOUT=90",
		"GANTRY_DRY_RUN=", "PASSED=on", "NAMESPACE=qa", "TOKEN=" + sentinel,
	} {
		if !slices.Contains(got, want) {
			t.Errorf("the command does not see %s\n%s", want, strings.Join(got, "\n"))
		}
	}
	if slices.ContainsFunc(got, func(v string) bool { return strings.HasPrefix(v, "NOT_") || strings.HasPrefix(v, "LOG_LEVEL") }) {
		t.Errorf("the command sees what it was not given:\n%s", strings.Join(got, "\n"))
	}
	if got := file(t, out+"/file"); got != "LOG_LEVEL=a b\nSTOCK_KEEPER_URL=https://stock-keeper.qa.example.com\n" {
		t.Errorf("GANTRY_ENV_FILE holds %q", got)
	}
	if got := strings.TrimSpace(file(t, out+"/dir")); got != w.root {
		t.Errorf("it runs in %s, want %s", got, w.root)
	}
	var input map[string]any
	if err := json.Unmarshal([]byte(file(t, out+"/stdin")), &input); err != nil || input["action"] != "deploy" || input["digest"] != string(digest) || input["variables"].(map[string]any)["LOG_LEVEL"] != "a b" {
		t.Errorf("its standard input is %v, %v", input, err)
	}
	if !slices.Contains(e.Secrets(), sentinel) {
		t.Error("the secret of the commands is not known as one")
	}
}

func TestSomebodyElsesDeployIsNoVerdictOnOurs(t *testing.T) {
	dir := t.TempDir()
	e, w, digest := scripted(t, config.Command{
		Live:   config.CommandLine{Run: "cat " + dir + "/live"},
		Deploy: config.CommandLine{Run: `echo '{"instances": [{"name": "a", "image": "` + other + `", "state": "healthy"}]}' >` + dir + "/live"},
		Stop:   config.CommandLine{Run: "touch " + dir + "/stopped"},
	})
	if err := os.WriteFile(dir+"/live", []byte(`{"instances": []}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := e.Deploy(t.Context(), engine.Rollout{Slot: w.slot, Release: promotion.Release{Service: "orders", Version: "1.0.0", Image: digest}}, &bytes.Buffer{})
	if _, bad := errors.AsType[*engine.Verdict](err); bad || err == nil || !strings.Contains(err.Error(), "somebody else deploys here besides Gantry") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(dir + "/stopped"); err == nil {
		t.Error("what somebody else has put there was stopped")
	}
}

func TestADryRunLooksAndNothingElse(t *testing.T) {
	out := t.TempDir()
	note := func(what string) config.CommandLine {
		return config.CommandLine{Run: "touch " + out + "/real", DryRun: `test "$GANTRY_DRY_RUN" = true && echo ` + what + " $GANTRY_DIGEST >>" + out + "/dry"}
	}
	e, w, _ := scripted(t, config.Command{
		Live:   config.CommandLine{Run: `echo '{"instances": [{"name": "a", "image": "` + one + `", "state": "healthy"}]}'`},
		Deploy: note("deploy"), Stop: config.CommandLine{Run: "touch " + out + "/real", DryRun: "echo no permission >&2; exit 1"}, Migrate: note("migrate"),
		Identity: config.CommandLine{Run: "echo somewhere as somebody"},
	})
	var all []string
	for _, c := range e.View().Check(t.Context(), w.slot, true) {
		all = append(all, c.What+": "+string(c.State))
		if c.What == "stop (dry run)" && !strings.Contains(c.Detail, "no permission") {
			t.Errorf("the check is %+v", c)
		}
	}
	if want := []string{"identity: ok", "registry: ok", "live: ok", "deploy (dry run): ok", "stop (dry run): wrong", "migrate (dry run): ok"}; !slices.Equal(all, want) {
		t.Errorf("the checks are %q, want %q", all, want)
	}
	if got := file(t, out+"/dry"); got != "deploy "+one+"\nmigrate "+one+"\n" {
		t.Errorf("the dry runs were %q", got)
	}
	if _, err := os.Stat(out + "/real"); err == nil {
		t.Error("a dry run has run the real command")
	}
}

func TestTheEndpointMayBePrinted(t *testing.T) {
	for line, want := range map[string]string{
		"echo https://$GANTRY_NAME.test/": "https://orders.test", "echo orders": "", "printf 'http://a\nhttp://b'": "", "exit 1": "",
	} {
		e, w, _ := scripted(t, config.Command{Endpoint: config.CommandLine{Run: line}})
		if got, err := e.Endpoint(t.Context(), w.slot); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v", line, got, err)
		}
	}
}

func TestNothingIsPutAsideWhereItCouldNotBeTakenAway(t *testing.T) {
	e, w, _ := scripted(t, config.Command{Live: config.CommandLine{Run: nothingRuns}})
	slot := w.slot
	slot.Aside = 7
	if _, err := e.Endpoint(t.Context(), slot); err == nil || !strings.Contains(err.Error(), "set remove in [environment.command]") {
		t.Errorf("got %v", err)
	}
}

func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
