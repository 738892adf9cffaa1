package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
)

// onDocker is the whole configuration with the platform of qa and prod changed, and a table each.
func onDocker(t *testing.T, qa, prod string) string {
	t.Helper()
	return edited(t, `publish_stub = true`, "publish_stub = true\nplatform = \"docker\"\n[environment.docker]\n"+qa,
		`protected = true`, "platform = \"docker\"\nprotected = true", `stub_channel = "prod"`, "stub_channel = \"prod\"\n[environment.docker]\n"+prod)
}

func TestDockersTableIsReadWithItsDefaults(t *testing.T) {
	p := parsed(t, onDocker(t, "", "host = \"tcp://10.0.0.5:2376\"\ncertificates = \"tls\"\nmemory = \"256m\"\ncpus = 2\npids = 100\npublish = \"10.0.0.5\"\ngateway = \"10.0.0.4\""))
	if got := p.Environment("qa").Docker; got != (config.Docker{Images: "auto"}) {
		t.Errorf("without a word it is %+v", got)
	}
	want := config.Docker{Host: "tcp://10.0.0.5:2376", Certificates: "tls", Images: "auto", Publish: "10.0.0.5", Gateway: "10.0.0.4", Memory: 256 << 20, CPUs: 2, PIDs: 100}
	if got := p.Environment("prod").Docker; got != want {
		t.Errorf("it is %+v, want %+v", got, want)
	}
}

func TestAMistakeInDockersTableIsToldWithItsLine(t *testing.T) {
	const ours = `environment "prod": docker: `
	for _, m := range []struct{ qa, prod, begins, want string }{
		{"", `memroy = "256m"`, "memroy", ours + `there is no key "memroy" here (did you mean "memory"?)`},
		{"", `memory = "256"`, "memory", ours + `memory is "256": write an amount like "256m" or "2g", at least "6m"`},
		{"", `memory = "1m"`, "memory", ours + `memory is "1m": write an amount like "256m" or "2g", at least "6m"`},
		{"", `cpus = "two"`, "cpus", ours + `cpus is two: it must be a number of processors like 0.5 or 2`},
		{"", `pids = 0`, "pids", ours + `pids is 0: it must be at least 1`},
		{"", `images = "build"`, "images", ours + `images is "build": it must be auto, pull or load`},
		{"", `network = "a b"`, "network", ours + `network is "a b": use letters, digits, dots and dashes`},
		{"", `subnet = "172.30.1.7/24"`, "subnet", ours + `subnet is "172.30.1.7/24": write a network like "172.30.1.0/24"`},
		{"", `publish = "everywhere"`, "publish =", ours + `publish is "everywhere": write an address like "127.0.0.1"`},
		{"", `host = "docker.sock"`, "host", ours + `host is no address of a Docker daemon: write "unix:///var/run/docker.sock", "tcp://HOST:PORT" or a reference like "env:DOCKER_HOST"`},
		{"", `host = "ssh://ada@build"`, "host", ours + `host is an address by SSH, which Gantry does not speak: forward the socket ("ssh -L ./docker.sock:/var/run/docker.sock …") and name that`},
		{"", `host = "tcp://ada:hunter2@build:2376"`, "host", ours + `host holds a password, and this file is kept in git and in every run's journal`},
		{"", `host = "env:"`, "host", ours + `host names no environment variable: write "env:NAME"`},
		{"", `database_host = "db:5432"`, "database_host", ours + `database_host: this environment has no database server: set database = { postgres = … }`},
		{`network = "acme"`, `network  = "acme"`, "network  =", `environment "prod": network is also qa's: give each environment its own`},
		{`subnet = "172.30.0.0/16"`, `subnet  = "172.30.1.0/24"`, "subnet  =", `environment "prod": subnet overlaps qa's, on the same daemon: give each environment its own`},
	} {
		text := onDocker(t, m.qa, m.prod)
		_, err := config.Parse("config.toml", text, root(t))
		want := fmt.Sprintf("config.toml:%d: %s", lineOf(t, text, m.begins, 1), m.want)
		if err == nil || err.Error() != want {
			t.Errorf("%s: the problem is\n%v\nwant\n%s", m.prod, err, want)
		}
	}
}

func TestTwoNamesOfOneDaemonAreOne(t *testing.T) {
	t.Setenv("DAEMON", "unix:///run/docker.sock")
	text := onDocker(t, "host = \"env:DAEMON\"\nnetwork = \"acme\"", "host = \"unix:///run/docker.sock\"\nnetwork = \"acme\"")
	if _, err := config.Parse("config.toml", text, root(t)); err == nil || !strings.Contains(err.Error(), "network is also qa's") {
		t.Errorf("got %v", err)
	}
	text = onDocker(t, "host = \"tcp://one:2376\"\nnetwork = \"acme\"\nsubnet = \"172.30.1.0/24\"", "host = \"tcp://other:2376\"\nnetwork = \"acme\"\nsubnet = \"172.30.1.0/24\"")
	if _, err := config.Parse("config.toml", text, root(t)); err != nil {
		t.Errorf("on two daemons: %v", err)
	}
}

func TestATableOfAnotherPlatformIsAMistake(t *testing.T) {
	text := edited(t, `publish_stub = true`, "publish_stub = true\ndocker = { memory = \"256m\" }")
	if _, err := config.Parse("config.toml", text, root(t)); err == nil || !strings.Contains(err.Error(), `environment "qa": docker: the platform is "sandbox"`) {
		t.Errorf("got %v", err)
	}
}
