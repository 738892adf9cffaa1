package config

import (
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// check is what can be judged only when everything is read: what services and environments say of each other.
func (r *reader) check() {
	r.settleApprovals()
	r.checkDependencies()
	r.checkTeams()
	r.checkRepositories()
	r.checkArtifacts()
	r.checkPorts()
	r.checkDatabases()
	r.checkDocker()
	r.checkAWS()
	r.checkCommands()
	r.checkChannels()
	r.checkStubs()
	r.checkVerification()
	r.checkTested()
}

func (r *reader) checkDependencies() {
	edges := make([][]string, len(r.services))
	for i, s := range r.pipeline.Services {
		edges[i] = checkReferences(r.services[i], "depends_on", s.Name, s.DependsOn, r.serviceNames, "service")
	}
	for _, c := range circles(r.serviceNames, edges) {
		t := r.services[c.at]
		t.complain(t.line("depends_on"), "depends_on goes round in a circle: %s", c)
	}
}

// checkTeams: where teams have slots of their own, every service must say whose it is.
func (r *reader) checkTeams() {
	for _, e := range r.pipeline.Environments {
		if !e.TeamIsolation {
			continue
		}
		for i, s := range r.pipeline.Services {
			if s.Team == "" && !r.services[i].has("team") {
				r.services[i].complain(s.Line, `it has no team, and %s keeps teams apart: say whose it is: team = "…"`, e.Name)
			}
		}
		return
	}
}

// checkPorts: two servers cannot listen on one port.
func (r *reader) checkPorts() {
	owners := map[int]string{}
	claim := func(t *table, port int, what string, keys ...string) {
		if port == 0 {
			return
		}
		if owner, taken := owners[port]; taken {
			t.complain(t.line(keys...), "port %d is also %s: give each its own, or leave it out for a free one", port, owner)
			return
		}
		owners[port] = what
	}
	for i, e := range r.pipeline.Environments {
		t := r.environments[i]
		claim(t, e.Registry.Port, e.Name+"'s registry", "registry", "port")
		for _, service := range sortedKeys(e.Proxy) {
			claim(t, e.Proxy[service], fmt.Sprintf("%s's %s", e.Name, service), "proxy", service)
		}
	}
}

// checkDatabases: an environment owns its database server. Two references may hide the same address; where they can be
// read today, they are compared.
func (r *reader) checkDatabases() {
	owners := map[string]string{}
	for i, e := range r.pipeline.Environments {
		if e.Database.Postgres == "" {
			continue
		}
		means := []string{e.Database.Postgres}
		if value := r.around.reference(e.Database.Postgres, r.pipeline.Root); value != "" && value != means[0] {
			means = append(means, value)
		}
		for _, m := range means {
			if owner, taken := owners[m]; taken && owner != e.Name {
				t := r.environments[i]
				t.complain(t.line("database", "postgres"), "database is also %s's: give each environment its own", owner)
				break
			}
			owners[m] = e.Name
		}
	}
}

// checkChannels: a channel says what runs in one environment.
func (r *reader) checkChannels() {
	owners := map[string]string{}
	for i, e := range r.pipeline.Environments {
		if e.StubChannel == "" {
			continue
		}
		if owner, taken := owners[e.StubChannel]; taken {
			t := r.environments[i]
			t.complain(t.line("stub_channel"), "stub_channel %q is also %s's: give each environment its own", e.StubChannel, owner)
			continue
		}
		owners[e.StubChannel] = e.Name
	}
}

// checkStubs: contract tests against a service that never publishes a stub could never pass.
func (r *reader) checkStubs() {
	for i, s := range r.pipeline.Services {
		if !s.testsContracts() {
			continue
		}
		for n, name := range s.DependsOn {
			if d := r.pipeline.Service(name); d.Name != "" && !r.pipeline.publishes(d) {
				t := r.services[i]
				t.complain(t.item("depends_on", n), "contract_tests run against the stub of %s, which never publishes one: it needs a contract and e2e, and an environment with publish_stub = true", name)
			}
		}
	}
}

func (r *reader) checkVerification() {
	for i, s := range r.pipeline.Services {
		for _, o := range r.pipeline.omissions(s) {
			if !slices.Contains(s.Drop, o.kind) {
				r.services[i].warn(s.Line, "%s%s", r.services[i].prefix(), o.text+`: add it, or drop = ["`+string(o.kind)+`"] to leave it out on purpose`)
			}
		}
	}
}

// checkTested: a service without contract tests was tested against nothing, so its releases could never enter where that
// is asked for.
func (r *reader) checkTested() {
	for i, e := range r.pipeline.Environments {
		for _, s := range r.pipeline.Services {
			if e.Dependencies == "tested" && len(s.DependsOn) > 0 && !s.testsContracts() {
				t := r.environments[i]
				t.complain(t.line("dependencies"), "dependencies is \"tested\", but %s has no contract tests against %s: add them, or use \"live\"", s.Name, listed(s.DependsOn))
			}
		}
	}
}

// testsContracts tells whether the service has a contract stage.
func (s Service) testsContracts() bool {
	return s.ContractTests != nil && !slices.Contains(s.Drop, promotion.KindContract)
}

// suite is the service's suite of a kind; nil when it has none or leaves it out.
func (s Service) suite(kind promotion.Kind) *Suite {
	switch {
	case slices.Contains(s.Drop, kind):
		return nil
	case kind == promotion.KindAcceptance:
		return s.Acceptance
	case kind == promotion.KindE2E:
		return s.E2E
	}
	return nil
}

// makesStubs tells whether a stub can be made of the service: from what its E2E exchanges, by its contract.
func (s Service) makesStubs() bool {
	return s.Contract != "" && s.suite(promotion.KindE2E) != nil && !slices.Contains(s.Drop, promotion.KindStub)
}

// publishes tells whether a promotion of the service ever publishes a stub.
func (p Pipeline) publishes(s Service) bool {
	return s.makesStubs() && slices.ContainsFunc(p.Environments, func(e Environment) bool { return e.PublishStub })
}
