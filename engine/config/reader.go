package config

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"
)

// reader turns tables into a Pipeline. It keeps the tables, so that what is checked afterwards, across tables, can name
// its line.
type reader struct {
	*collector
	around       surroundings
	words        Words
	pipeline     Pipeline
	mode         *table   // where the pipeline says its mode
	environments []*table // as in the pipeline
	services     []*table // as in the pipeline
	artifacts    *table   // where the pipeline says where stubs go; nil when it does not
	names        []string // of the environments
	serviceNames []string
}

const continuousDelivery = "continuous-delivery"

// The words of the configuration.
var (
	modes     = []string{"continuous-deployment", continuousDelivery}
	queues    = []string{"latest", "fifo"}
	platforms = []string{"sandbox", "docker", "aws", commandPlatform} // as in package environments
	failures  = []string{"rollback", "hold"}
	reports   = []string{"gotest", "junit", "sarif", "tap"}
)

var (
	namePattern     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	variablePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	networkPattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	prefixPattern   = regexp.MustCompile(`^[a-z0-9]+([._/-][a-z0-9]+)*$`)
)

// read takes the whole document. The tables under a name are read in a first look, because they speak of each other.
func (r *reader) read(top *table) {
	r.readPipeline(top)
	r.environments, r.services = top.tables("environment"), top.tables("service")
	r.names = r.readNames(r.environments, "environment")
	r.serviceNames = r.readNames(r.services, "service")
	freezes, notifications := top.tables("freeze"), top.tables("notify")
	r.pipeline.Console, r.pipeline.IdleExit = r.readConsole(top), readIdleExit(top)
	r.pipeline.Keep, r.pipeline.Artifacts = readKeep(top), r.readArtifacts(top)
	top.done()
	for i, t := range r.environments {
		r.pipeline.Environments = append(r.pipeline.Environments, r.readEnvironment(t, i))
	}
	r.pipeline.Services = make([]Service, 0, len(r.services))
	for i, t := range r.services {
		r.pipeline.Services = append(r.pipeline.Services, r.readService(t, r.serviceNames[i]))
	}
	for i, name := range r.readNames(freezes, "freeze") {
		r.pipeline.Freezes = append(r.pipeline.Freezes, r.readFreeze(freezes[i], name))
	}
	for i, name := range r.readNames(notifications, "notify") {
		r.pipeline.Notify = append(r.pipeline.Notify, readNotify(notifications[i], name))
	}
	if len(r.environments) == 0 && !top.has("environment") {
		r.problem(1, "there is no environment: add an [[environment]] for each, in promotion order")
	}
	if len(r.services) == 0 && !top.has("service") {
		r.problem(1, "there is no service: add a [[service]] for each")
	}
}

func (r *reader) readPipeline(top *table) {
	t := top.table("pipeline")
	if t == nil {
		t = &table{collector: r.collector, called: "pipeline"}
	}
	r.mode = t
	p := &r.pipeline
	p.Mode = t.choice("mode", modes[0], modes)
	p.Justification = strings.TrimSpace(t.text("justification", ""))
	p.Watch = t.flag("watch", true)
	p.Branch = t.text("branch", "main")
	p.Queue = t.choice("queue", queues[0], queues)
	p.Parallel = t.number("parallel", 4, 1, math.MaxInt32)
	p.Expires = t.reprovision()
	t.done()
	if p.Mode == continuousDelivery && p.Justification == "" {
		t.complain(t.line("mode"), `mode is "continuous-delivery": say why a person must approve what the tests have passed: justification = "…"`)
	}
	if p.Branch == "" || strings.HasPrefix(p.Branch, "-") || strings.ContainsAny(p.Branch, " \t\n:^~?*[\\\x00") {
		t.complain(t.line("branch"), "branch is %q: it must be the name of a git branch", p.Branch)
	}
}

// readIdleExit is after how long an engine with nothing to do leaves.
func readIdleExit(top *table) time.Duration {
	const idle = time.Minute
	t := top.table("engine")
	if t == nil {
		return idle
	}
	defer t.done()
	return t.duration("idle_exit", idle)
}

// reprovision is how long a reprovision stays.
func (t *table) reprovision() time.Duration {
	const expires = 8 * time.Hour
	sub := t.table("reprovision")
	if sub == nil {
		return expires
	}
	defer sub.done()
	return sub.duration("expires", expires)
}

// readNames reads the name of every table of a kind and lets it head the table's problems.
func (r *reader) readNames(tables []*table, kind string) []string {
	var names []string
	for i, t := range tables {
		t.called = fmt.Sprintf("%s %d", kind, i+1)
		name := t.readName()
		if namePattern.MatchString(name) {
			t.called = fmt.Sprintf("%s %q", kind, name)
		}
		names = append(names, name)
	}
	for _, i := range repeated(names) {
		if names[i] != "" {
			tables[i].complain(tables[i].line("name"), "there is another %s of this name: give each a name of its own", kind)
		}
	}
	return names
}

// readName is the table's name; a bad one is a problem.
func (t *table) readName() string {
	name := t.text("name", "")
	switch {
	case !t.has("name"):
		t.complain(t.line(), `it has no name: give it one: name = "…"`)
	case !namePattern.MatchString(name):
		t.checkName("name", name, t.line("name"))
	}
	return name
}

func (t *table) checkName(key, name string, line int) {
	if !namePattern.MatchString(name) {
		t.complain(line, "%s is %q: it must begin with a letter and hold only a-z, 0-9 and -, at most 63 of them", key, name)
	}
}

// variables are NAME = "value" pairs. A password in an address is refused: the configuration is kept in git and in the
// journal of every run.
func (t *table) variables(key string) map[string]string {
	all := t.dict(key)
	for _, name := range sortedKeys(all) {
		line := t.line(key, name)
		if !variablePattern.MatchString(name) {
			t.complain(line, "%s: %q is no name of a variable: use letters, digits and _", key, name)
		}
		if holdsPassword(all[name]) {
			t.complain(line, "%s: %s holds a password, and this file is kept in git and in every run's journal: let the service read it from where only it can", key, name)
		}
	}
	return all
}
