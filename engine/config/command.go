package config

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const commandPlatform = "command"

// Command is the table of an environment whose platform is "command": what is run there, with "sh -c" in the
// configuration's directory.
type Command struct {
	Deploy   CommandLine `json:"deploy"`   // asks for a release
	Live     CommandLine `json:"live"`     // says what runs
	Stop     CommandLine `json:"stop"`     // empties a slot
	Rollback CommandLine `json:"rollback"` // goes back to a release; without one, Deploy does
	Migrate  CommandLine `json:"migrate"`  // runs a migration image to its end
	Remove   CommandLine `json:"remove"`   // takes a slot away that a release was put aside in; without one, none can be
	Logs     CommandLine `json:"logs"`     // prints what a slot's service wrote
	Events   CommandLine `json:"events"`   // prints what happened in a slot, a line each
	Endpoint CommandLine `json:"endpoint"` // prints a slot's address
	Identity CommandLine `json:"identity"` // prints where all of them act, and as whom

	URL string `json:"url,omitempty"` // a slot's address, instead of Endpoint; with {name}, {service}, {team}
	// Of the commands alone: the environment's own variables are for the services in it.
	Variables map[string]string `json:"variables,omitempty"`
	Secrets   map[string]string `json:"secrets,omitempty"`  // variable → reference
	PassEnv   []string          `json:"pass_env,omitempty"` // of Gantry's own variables
	Poll      time.Duration     `json:"poll"`               // how often Live is asked while a release is waited for
}

// CommandLine is one command of a platform; its zero value is none.
type CommandLine struct {
	Run     string        `json:"run,omitempty"`
	DryRun  string        `json:"dry_run,omitempty"` // the same without changing anything
	Timeout time.Duration `json:"timeout,omitempty"`
}

// How long a command may take where nothing is said: one that changes something, and one that only looks.
const (
	actingTimeout  = 2 * time.Minute
	lookingTimeout = 20 * time.Second
)

// placeholder is a name in braces.
var placeholder = regexp.MustCompile(`\{[^}]*\}`)

func (r *reader) readCommand(t *table, e Environment) Command {
	sub := t.table("command")
	if e.Platform != commandPlatform {
		if sub != nil {
			t.complain(t.line("command"), `command: the platform is %q: write platform = "command", or leave the table out`, e.Platform)
		}
		return Command{}
	}
	if sub == nil {
		t.complain(t.line("platform"), `platform is "command", which must be told what to run: write [environment.command] with deploy, live, stop and url`)
		return Command{}
	}
	c := Command{
		Deploy: sub.commandLine("deploy", actingTimeout, true), Rollback: sub.commandLine("rollback", actingTimeout, true),
		Migrate: sub.commandLine("migrate", actingTimeout, true), Stop: sub.commandLine("stop", actingTimeout, true),
		Remove: sub.commandLine("remove", actingTimeout, true), Live: sub.commandLine("live", lookingTimeout, false),
		Logs: sub.commandLine("logs", lookingTimeout, false), Events: sub.commandLine("events", lookingTimeout, false),
		Endpoint: sub.commandLine("endpoint", lookingTimeout, false), Identity: sub.commandLine("identity", lookingTimeout, false),
		URL: sub.text("url", ""), Variables: sub.variables("variables"), Secrets: sub.dict("secrets"), PassEnv: sub.texts("pass_env"), Poll: sub.duration("poll", 2*time.Second),
	}
	sub.done()
	sub.checkCommand(c, e, len(r.serviceNames))
	for _, key := range []string{"database", "proxy"} {
		if t.has(key) {
			t.complain(t.line(key), `%s: the platform "command" makes none: see docs/command.md for what takes its place`, key)
		}
	}
	return c
}

// commandLine is a command as a text, or as a table that says more of it. One that acts may have a dry run.
func (t *table) commandLine(key string, timeout time.Duration, acts bool) CommandLine {
	var c CommandLine
	switch t.values[key].(type) {
	case nil:
		t.known = append(t.known, key)
		return c
	case map[string]any:
		sub := t.table(key)
		c = CommandLine{Run: sub.text("run", ""), Timeout: sub.duration("timeout", timeout)}
		if acts {
			c.DryRun = sub.text("dry_run", "")
		}
		sub.done()
	case string:
		c = CommandLine{Run: t.text(key, ""), Timeout: timeout}
	default:
		take[string](t, key, `a command, or a table like { run = "…", timeout = "5m" }`)
		return c
	}
	if strings.TrimSpace(c.Run) == "" {
		t.complain(t.line(key), "%s has no command: say what to run, or leave it out", key)
	}
	return c
}

func (t *table) checkCommand(c Command, e Environment, services int) {
	for _, must := range []struct{ key, does string }{{"deploy", "asks for a release"}, {"live", "says what runs"}, {"stop", "ends what runs"}} {
		if !t.has(must.key) {
			t.complain(t.line(), `there is no %s, the command that %s: %s = "…"`, must.key, must.does, must.key)
		}
	}
	switch {
	case t.has("url") && t.has("endpoint"):
		t.complain(t.line("endpoint"), "url and endpoint both say where a service answers: keep one")
	case t.has("url"):
		t.checkURL(c.URL, e.TeamIsolation, services)
	case !t.has("endpoint"):
		t.complain(t.line(), `it does not say where a service answers: url = "https://{name}.%s.example.com", or endpoint, a command that prints it`, e.Name)
	}
	for i, name := range c.PassEnv {
		if !variablePattern.MatchString(name) {
			t.complain(t.item("pass_env", i), "pass_env: %q is no name of a variable", name)
		}
	}
	for _, name := range sortedKeys(c.Secrets) {
		switch reference := c.Secrets[name]; {
		case !variablePattern.MatchString(name):
			t.complain(t.line("secrets", name), "secrets: %q is no name of a variable", name)
		case !isReference(reference):
			t.complain(t.line("secrets", name), `secrets: %s is written out, and this file is kept in git and in every run's journal: refer to it: "env:NAME", "file:PATH" or "exec:COMMAND"`, name)
		case wrongReference(reference) != "":
			t.complain(t.line("secrets", name), "secrets: %s %s", name, wrongReference(reference))
		}
	}
}

// checkURL: two slots never have one address.
func (t *table) checkURL(text string, teams bool, services int) {
	known := []string{"{name}", "{service}", "{team}"}
	for _, found := range placeholder.FindAllString(text, -1) {
		if !slices.Contains(known, found) {
			t.complain(t.line("url"), "url: there is no %s: write {name}, or {service} and {team}", found)
			return
		}
	}
	has := func(name string) bool { return strings.Contains(text, name) }
	u, err := url.Parse(placeholder.ReplaceAllString(text, "x"))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil:
		t.complain(t.line("url"), `url is %q: write an address like "https://{name}.qa.example.com"`, text)
	case services > 1 && !has("{name}") && !has("{service}"):
		t.complain(t.line("url"), "url is the same for every service: say where {name} goes")
	case teams && !has("{name}") && !has("{team}"):
		t.complain(t.line("url"), "url is the same for every team: say where {name} or {team} goes")
	}
}

// checkCommands: an environment owns its credentials, and can do what the services need.
func (r *reader) checkCommands() {
	owners := map[string]string{}
	claim := func(e, what string) (owner string) {
		if owner = owners[what]; owner == "" {
			owners[what] = e
		}
		return owner
	}
	for i, e := range r.pipeline.Environments {
		if e.Platform != commandPlatform {
			continue
		}
		t := r.environments[i]
		for _, name := range slices.Sorted(maps.Keys(e.Command.Secrets)) {
			if owner := claim(e.Name, e.Command.Secrets[name]); owner != "" && owner != e.Name {
				t.complain(t.line("command", "secrets", name), "command: secret %s is also %s's: give each environment a credential of its own", name, owner)
			}
		}
		for n, name := range e.Command.PassEnv {
			if owner := claim(e.Name, "pass "+name); owner != "" && owner != e.Name {
				t.warn(t.line("command", "pass_env", strconv.Itoa(n)), "%scommand: %s is passed on in %s, too: what it says must not be a credential", t.prefix(), name, owner)
			}
		}
		for _, s := range r.pipeline.Services {
			if s.Migrations != nil && e.Command.Migrate.Run == "" && e.Command.Deploy.Run != "" {
				t.complain(t.line("command"), `command: %s has migrations, and there is no command that runs them: migrate = "…"`, s.Name)
				break
			}
		}
	}
}
