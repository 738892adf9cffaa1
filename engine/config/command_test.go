package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
)

const (
	commands = "deploy = \"d\"\nlive = \"l\"\nstop = \"s\"\nmigrate = \"m\"\nurl = \"https://{name}.example.com\"\n"
	outside  = "[environment.registry]\naddress = \"registry.example.com\"\n"
)

// onCommands is the whole configuration with qa and prod on commands: what their tables say, and their registries'.
func onCommands(t *testing.T, qa, prod, registry string) string {
	t.Helper()
	return edited(t, `publish_stub = true`, "publish_stub = true\nplatform = \"command\"\n[environment.command]\n"+qa+outside,
		`protected = true`, "platform = \"command\"\nprotected = true", `stub_channel = "prod"`, "stub_channel = \"prod\"\n[environment.command]\n"+prod+registry)
}

func TestTheTableOfCommandsIsReadWithItsDefaults(t *testing.T) {
	p := parsed(t, onCommands(t, commands, strings.Replace(commands, `deploy = "d"`, `deploy = { run = "d", dry_run = "d --dry", timeout = "10m" }`, 1)+
		"logs = \"g\"\npoll = \"5s\"\npass_env = [\"HTTPS_PROXY\"]\nvariables = { NAMESPACE = \"prod\" }\nsecrets = { TOKEN = \"env:PROD_TOKEN\" }\n", outside))
	acting, looking := 2*time.Minute, 20*time.Second
	want := config.Command{
		Deploy: config.CommandLine{Run: "d", DryRun: "d --dry", Timeout: 10 * time.Minute}, Live: config.CommandLine{Run: "l", Timeout: looking},
		Stop: config.CommandLine{Run: "s", Timeout: acting}, Migrate: config.CommandLine{Run: "m", Timeout: acting}, Logs: config.CommandLine{Run: "g", Timeout: looking},
		URL: "https://{name}.example.com", Poll: 5 * time.Second, PassEnv: []string{"HTTPS_PROXY"},
		Variables: map[string]string{"NAMESPACE": "prod"}, Secrets: map[string]string{"TOKEN": "env:PROD_TOKEN"},
	}
	if got := p.Environment("prod").Command; !reflect.DeepEqual(got, want) {
		t.Errorf("it is %+v\nwant  %+v", got, want)
	}
	if got := p.Environment("qa").Registry; got != (config.Registry{Address: "registry.example.com", Prefix: "qa"}) {
		t.Errorf("the registry is %+v", got)
	}
}

func TestAMistakeInTheTableOfCommandsIsToldWithItsLine(t *testing.T) {
	const ours = `environment "prod": command: `
	without := func(key string) string {
		at := strings.Index(commands, key)
		return commands[:at] + commands[at+strings.IndexByte(commands[at:], '\n')+1:]
	}
	for _, m := range []struct{ prod, begins, want string }{
		{without("deploy") + "deploi = \"d\"\n", "deploi", ours + `there is no key "deploi" here (did you mean "deploy"?)`},
		{commands + "logs = \" \"\n", "logs", ours + `logs has no command: say what to run, or leave it out`},
		{commands + "logs = 3\n", "logs", ours + `logs is a whole number: it must be a command, or a table like { run = "…", timeout = "5m" }`},
		{commands + "logs = { run = \"l\", dry_run = \"l\" }\n", "logs", ours + `logs: there is no key "dry_run" here`},
		{commands + "endpoint = \"e\"\n", "endpoint", ours + `url and endpoint both say where a service answers: keep one`},
		{without("url") + "url  = \"https://{nam}.example.com\"\n", "url  =", ours + `url: there is no {nam}: write {name}, or {service} and {team}`},
		{without("url") + "url  = \"orders\"\n", "url  =", ours + `url is "orders": write an address like "https://{name}.qa.example.com"`},
		{without("url") + "url  = \"https://example.com\"\n", "url  =", ours + `url is the same for every service: say where {name} goes`},
		{commands + "pass_env = [\"A B\"]\n", "pass_env", ours + `pass_env: "A B" is no name of a variable`},
		{commands + "secrets = { TOKEN = \"hunter2\" }\n", "secrets", ours + `secrets: TOKEN is written out, and this file is kept in git and in every run's journal: refer to it: "env:NAME", "file:PATH" or "exec:COMMAND"`},
		{commands + "secrets = { TOKEN = \"env:\" }\n", "secrets", ours + `secrets: TOKEN names no environment variable: write "env:NAME"`},
	} {
		text := onCommands(t, commands, m.prod, outside)
		_, err := config.Parse("config.toml", text, root(t))
		want := fmt.Sprintf("config.toml:%d: %s", lineOf(t, text, m.begins, 1), m.want)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the problem is\n%v\nwant\n%s", m.prod, err, want)
		}
	}
}

func TestWhatAnEnvironmentOfCommandsMustHave(t *testing.T) {
	for _, m := range []struct{ qa, prod, registry, want string }{
		{commands, "url = \"https://{name}.example.com\"\n", outside, `there is no deploy, the command that asks for a release: deploy = "…"`},
		{commands, strings.Replace(commands, "migrate = \"m\"\n", "", 1), outside, `inventory has migrations, and there is no command that runs them: migrate = "…"`},
		{commands, commands, "", `platform is "command", which has no registry of its own: say where its images are kept: registry = { address = "registry.example.com", … }`},
		{commands, commands, "[environment.registry]\nprefix = \"prod\"\n", `registry: there is no address: say where it is: address = "registry.example.com:5000"`},
		{commands + "secrets = { TOKEN = \"env:TOKEN\" }\n", commands + "secrets = { KEY = \"env:TOKEN\" }\n", outside, `secret KEY is also qa's: give each environment a credential of its own`},
		{commands, commands + "[environment.database]\npostgres = \"env:DB\"\n", outside, `database: the platform "command" makes none: see docs/command.md for what takes its place`},
	} {
		_, err := config.Parse("config.toml", onCommands(t, m.qa, m.prod, m.registry), root(t))
		if err == nil || !strings.Contains(err.Error(), m.want) {
			t.Errorf("the problem is\n%v\nwant\n%s", err, m.want)
		}
	}
	p := parsed(t, onCommands(t, commands+"pass_env = [\"KUBECONFIG\"]\n", commands+"pass_env = [\"KUBECONFIG\"]\n", outside))
	if !strings.Contains(strings.Join(p.Warnings, "\n"), `KUBECONFIG is passed on in qa, too: what it says must not be a credential`) {
		t.Errorf("it is warned of %q", p.Warnings)
	}
}

func TestAMistakeInARegistryIsToldWithItsLine(t *testing.T) {
	const ours, kept = `environment "prod": registry: `, `, and this file is kept in git and in every run's journal: refer to it: "env:NAME", "file:PATH" or "exec:COMMAND"`
	address := strings.Replace(outside, "address =", "address  =", 1)
	for _, m := range []struct{ registry, begins, want string }{
		{strings.Replace(address, "registry.example.com", "https://registry.example.com", 1), "address  =", ours + `address is "https://registry.example.com": write a host, and a port where it needs one: "registry.example.com:5000"; the path belongs into prefix`},
		{address + "user = \"robot\"\n", "user", ours + "user and password belong together: say both"},
		{address + "user = \"robot\"\npassword = \"hunter2\"\n", "password", ours + "password is written out" + kept},
		{address + "token = \"hunter2\"\n", "token", ours + "token is written out" + kept},
		{address + "token = \"env:A\"\nuser = \"robot\"\npassword = \"env:B\"\n", "token", ours + "there are two credentials: keep one of user and password, token, docker_config"},
		{address + "docker_config = \"nowhere\"\n", "docker_config", ours + `docker_config is "nowhere": it does not exist: write the directory of a config.json, as "docker --config DIRECTORY login" makes it`},
		{address + "ca = \"nowhere.pem\"\n", "ca", ours + `ca is "nowhere.pem": it does not exist`},
		{address + "proxy = \"proxy:3128\"\n", "proxy", ours + `proxy is no address of a proxy: write "http://HOST:PORT", "none" or a reference like "env:QA_PROXY"`},
		{address + "proxy = \"http://ada:hunter2@proxy:3128\"\n", "proxy", ours + "proxy holds a password" + kept},
		{address + "port = 5000\n", "port", ours + "port pins a registry that Gantry keeps; write the port of another one into its address"},
		{address + "prefix = \"qa\"\n", "prefix", `environment "prod": repository is also qa's: give each environment its own`},
		{address + "[environment.registry.read]\n", "[environment.registry.read]", ours + "read: it says nothing: say whom a copy out of here reads as: user and password, token or docker_config"},
	} {
		text := onCommands(t, commands, commands, m.registry)
		_, err := config.Parse("config.toml", text, root(t))
		want := fmt.Sprintf("config.toml:%d: %s", lineOf(t, text, m.begins, 1), m.want)
		if err == nil || err.Error() != want {
			t.Errorf("%s: the problem is\n%v\nwant\n%s", m.registry, err, want)
		}
	}
}

func TestEachEnvironmentHasACredentialOfItsOwn(t *testing.T) {
	text := strings.Replace(onCommands(t, commands, commands, outside+"token = \"env:TOKEN\"\n"), outside, outside+"token = \"env:TOKEN\"\n", 1)
	if _, err := config.Parse("config.toml", text, root(t)); err == nil || !strings.Contains(err.Error(), `environment "prod": token is also qa's: give each environment a credential of its own`) {
		t.Errorf("got %v", err)
	}
}

func TestWhoMayHaveARegistryOfSomebodyElses(t *testing.T) {
	text := edited(t, `publish_stub = true`, "publish_stub = true\nregistry = { address = \"registry.example.com\", proxy = \"none\" }")
	if got := parsed(t, text).Environment("qa").Registry; got != (config.Registry{Address: "registry.example.com", Prefix: "qa", Proxy: "none"}) {
		t.Errorf("the registry is %+v", got)
	}
	text = edited(t, `publish_stub = true`, "publish_stub = true\nregistry = { proxy = \"none\" }")
	if _, err := config.Parse("config.toml", text, root(t)); err == nil || !strings.Contains(err.Error(), `environment "qa": registry: proxy is about a registry that somebody else keeps: say which: address = "registry.example.com:5000"`) {
		t.Errorf("got %v", err)
	}
	text = onAWS(t, qaOnAWS+"[environment.registry]\naddress = \"registry.example.com\"\n", prodOnAWS)
	if _, err := config.Parse("config.toml", text, root(t)); err == nil || !strings.Contains(err.Error(), `environment "qa": registry: address is about a registry that somebody else keeps: the platform "aws" keeps its images in ECR`) {
		t.Errorf("got %v", err)
	}
}

func TestTheDocumentedExamplesOfCommandsAreRead(t *testing.T) {
	examples, err := filepath.Glob("../../docs/command/*/config.toml")
	if err != nil || len(examples) == 0 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	const service = "\n[[service]]\nname = \"orders\"\npath = \"orders\"\nteam = \"checkout\"\ndrop = [\"contract\"]\nbuild.step = [{ name = \"a\", run = \"a\" }]\nimage = { files = { a = \"a\" }, entrypoint = [\"a\"] }\n"
	for _, file := range examples {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		dir := root(t)
		if err := os.MkdirAll(filepath.Join(dir, "ops/qa/docker"), 0o755); err != nil {
			t.Fatal(err)
		}
		p, err := config.Parse(file, string(text)+service, dir)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, e := range p.Environments {
			for _, c := range []config.CommandLine{e.Command.Deploy, e.Command.Live, e.Command.Stop, e.Command.Migrate, e.Command.Rollback, e.Command.Logs, e.Command.Events, e.Command.Identity, e.Command.Remove} {
				script, rest, _ := strings.Cut(c.Run, " ")
				if name, found := strings.CutPrefix(script, "ops/"); found && rest == "" {
					if info, err := os.Stat(filepath.Join("../../docs/command", name)); err != nil || info.Mode()&0o111 == 0 {
						t.Errorf("%s: %s is no script that can be run: %v", file, script, err)
					}
				}
			}
		}
	}
}
