package docker

import (
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/environments/internal/host"
)

func TestOnlyAServerOnLoopbackNeedsARelay(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://ada@127.0.0.1:5433/postgres": "127.0.0.1:5433",
		"postgres://ada@localhost/postgres":      "localhost:5432",
		"postgres://ada@[::1]/postgres":          "[::1]:5432",
		"postgres://ada@db.acme.example/shop":    "",
		"postgres://ada@10.0.0.7:5432/shop":      "",
		"host=127.0.0.1 user=ada":                "",
	} {
		if got := loopback(address); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}

// configured is a runtime with settings; its daemon is never asked.
func configured(t *testing.T, s Settings) *runtime {
	t.Helper()
	c, err := dial(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &runtime{directory: host.Directory{Environment: "dev", Identity: "0123456789abcdef"}, settings: s, client: c}
}

func TestAContainerIsToldTheDatabaseAsItReachesIt(t *testing.T) {
	r := configured(t, Settings{Docker: config.Docker{Host: "unix:///nowhere/docker.sock", DatabaseHost: "db:5432"}})
	for address, want := range map[string]string{
		"postgres://app:hunter2@10.0.0.7:6000/shop?sslmode=disable": "postgres://app:hunter2@db:5432/shop?sslmode=disable",
		"sqlite:///home/ada/.gantry/databases/orders/orders.db":     "sqlite:///var/lib/gantry/orders.db",
	} {
		if got, err := r.Database(t.Context(), address); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", address, got, err, want)
		}
	}
}

func TestAFileIsNotHandedToADaemonElsewhere(t *testing.T) {
	r := configured(t, Settings{Docker: config.Docker{Host: "tcp://10.0.0.5:2376"}})
	if _, err := r.Database(t.Context(), "sqlite:///home/ada/orders.db"); err == nil || !strings.Contains(err.Error(), "set database.postgres of dev") {
		t.Errorf("got %v", err)
	}
}

func TestTheDaemonIsWhereTheConfigurationSaysOrElseTheSurroundings(t *testing.T) {
	t.Setenv("DOCKER_HOST", "tcp://surroundings:2376")
	t.Setenv("DOCKER_CERT_PATH", "/certificates/of/the/surroundings")
	t.Setenv("DAEMON", "unix:///run/daemon.sock")
	for configured, want := range map[string]struct{ host, certificates string }{
		"":                          {"tcp://surroundings:2376", "/certificates/of/the/surroundings"},
		"env:DAEMON":                {"unix:///run/daemon.sock", ""},
		"tcp://configuration:23760": {"tcp://configuration:23760", ""},
	} {
		e, err := New(config.Pipeline{Root: "/root"}, config.Environment{Name: "dev", Docker: config.Docker{Host: configured}}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if s, err := e.resolve(); err != nil || s.Host != want.host || s.Certificates != want.certificates {
			t.Errorf("%q: the daemon is at %s with %q, %v", configured, s.Host, s.Certificates, err)
		}
	}
}
