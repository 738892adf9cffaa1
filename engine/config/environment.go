package config

import (
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// verifications are the suites that an environment may run.
var verifications = []string{string(promotion.KindAcceptance), string(promotion.KindE2E)}

// dependencies are what an environment may ask of the services that one depends on.
var dependencies = []string{"any", "live", "tested"}

func (r *reader) readEnvironment(t *table, i int) Environment {
	e := Environment{
		Name:          r.names[i],
		Platform:      t.choice("platform", platforms[0], platforms),
		Protected:     t.flag("protected", false),
		TeamIsolation: t.flag("team_isolation", false),
		OnFailure:     t.choice("on_failure", failures[0], failures),
		HoldFor:       t.duration("hold_for", 0),
		Compat:        t.flag("compat", true),
		PublishStub:   t.flag("publish_stub", false),
		StubChannel:   t.text("stub_channel", ""),
		HealthTimeout: t.duration("health_timeout", 30*time.Second),
		Approval:      r.readApproval(t),
		Soak:          t.duration("soak", 0),
		Dependencies:  t.choice("dependencies", "live", dependencies),
		ExclusiveE2E:  t.flag("exclusive_e2e", false),
		Variables:     t.variables("variables"),
		Line:          t.line(),
	}
	e.RollsBack = r.readRollsBack(t, i)
	e.Verify = readVerify(t, i)
	e.Registry = r.readRegistry(t, e.Name, e.Platform)
	e.Database = r.readDatabase(t)
	e.Proxy = r.readProxy(t)
	e.Docker = r.readDocker(t, e)
	e.AWS = r.readAWS(t, e)
	e.Command = r.readCommand(t, e)
	stages := t.table("stage")
	t.done()
	if e.Name == promotion.BuildColumn {
		t.complain(t.line("name"), "%q is the column where everything is built: call the environment something else", e.Name)
	}
	if e.HoldFor > 0 && e.OnFailure != "hold" {
		t.complain(t.line("hold_for"), `hold_for says how long on_failure = "hold" waits, but on_failure is %q`, e.OnFailure)
	}
	if e.Soak > 0 && i == len(r.names)-1 {
		t.complain(t.line("soak"), "soak says how long a release is live here before it goes on, but no environment comes after this one")
	}
	if e.ExclusiveE2E && !slices.Contains(e.Verify, promotion.KindE2E) {
		t.complain(t.line("exclusive_e2e"), `exclusive_e2e: this environment runs no e2e: add "e2e" to verify`)
	}
	r.readChannel(t, &e, i)
	e.Policies = readPolicies(stages, e, i == 0)
	if !e.Compat {
		t.warn(t.line("compat"), "%scompat is off: nothing proves that the version that is live works on the next one's schema", t.prefix())
	}
	return e
}

// readRollsBack is what a failure rolls back: the environment itself unless said otherwise.
func (r *reader) readRollsBack(t *table, i int) []string {
	list := t.texts("rolls_back")
	if list == nil {
		return []string{r.names[i]}
	}
	for n, name := range list {
		switch at := slices.Index(r.names, name); {
		case at < 0:
			t.complain(t.item("rolls_back", n), "rolls_back: there is no environment %q%s", name, DidYouMean(name, r.names))
		case at > i:
			t.complain(t.item("rolls_back", n), "rolls_back: %s comes after it, so a failure here cannot have reached it", name)
		}
	}
	if len(list) == 0 {
		t.warn(t.line("rolls_back"), "%srolls_back is empty: what fails here stays live", t.prefix())
	}
	return list
}

// readVerify is what an environment verifies: acceptance in the first, acceptance and e2e in every later one.
func readVerify(t *table, i int) []promotion.Kind {
	kinds := []promotion.Kind{promotion.KindAcceptance}
	if i > 0 {
		kinds = append(kinds, promotion.KindE2E)
	}
	if !t.has("verify") {
		return kinds
	}
	chosen := t.kinds("verify", verifications)
	for _, kind := range kinds {
		if !slices.Contains(chosen, kind) {
			t.warn(t.line("verify"), "%sverify leaves %s out: each verification has its purpose", t.prefix(), kind)
		}
	}
	return chosen
}

// kinds is a list of stage kinds out of some.
func (t *table) kinds(key string, allowed []string) []promotion.Kind {
	var kinds []promotion.Kind
	for _, word := range t.choices(key, allowed) {
		kinds = append(kinds, promotion.Kind(word))
	}
	return kinds
}

func (r *reader) readDatabase(t *table) Database {
	sub := t.table("database")
	if sub == nil {
		return Database{}
	}
	d := Database{Postgres: sub.text("postgres", "")}
	if sub.has("postgres") {
		if wrong := wrongAddress(d.Postgres); wrong != "" {
			sub.complain(sub.line("postgres"), "postgres %s", wrong)
		}
	}
	sub.done()
	return d
}

// readProxy is which service's endpoint has which port.
func (r *reader) readProxy(t *table) map[string]int {
	sub := t.table("proxy")
	if sub == nil {
		return nil
	}
	ports := map[string]int{}
	for _, service := range sortedKeys(sub.values) {
		ports[service] = sub.number(service, 0, 1, 65535)
		if !slices.Contains(r.serviceNames, service) {
			sub.complain(sub.line(service), "there is no service %q%s", service, DidYouMean(service, r.serviceNames))
		}
	}
	return ports
}

// readChannel settles where stubs are published and promoted.
func (r *reader) readChannel(t *table, e *Environment, i int) {
	if e.PublishStub && !slices.Contains(e.Verify, promotion.KindE2E) {
		t.complain(t.line("publish_stub"), `publish_stub: a stub is recorded while e2e runs, which this environment does not: add "e2e" to verify`)
	}
	if !t.has("stub_channel") {
		if e.PublishStub {
			e.StubChannel = e.Name
		}
		return
	}
	t.checkName("stub_channel", e.StubChannel, t.line("stub_channel"))
	published := func(earlier Environment) bool { return earlier.PublishStub }
	if !e.PublishStub && !slices.ContainsFunc(r.pipeline.Environments[:i], published) {
		t.complain(t.line("stub_channel"), "stub_channel: no environment up to here publishes a stub: set publish_stub = true in one")
	}
}
