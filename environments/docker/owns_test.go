package docker

import (
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
)

func TestTwoAddressesOfOneDaemonAreOneDaemon(t *testing.T) {
	address := daemonAddress(t)
	ids := map[string]bool{}
	for _, host := range []string{address, "env:SAME_DAEMON"} {
		t.Setenv("SAME_DAEMON", address)
		e, err := New(config.Pipeline{}, config.Environment{Name: "qa", Platform: Platform, Docker: config.Docker{Host: host, Network: "acme"}}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		all, err := e.Owns(t.Context())
		if err != nil || len(all) != 2 || all[1].What != "network" || !strings.HasSuffix(all[1].ID, "/acme") {
			t.Fatalf("it owns %v, %v", all, err)
		}
		ids[all[1].ID] = true
	}
	if len(ids) != 1 {
		t.Errorf("one network is %v", ids)
	}
	gone, err := New(config.Pipeline{}, config.Environment{Name: "qa", Platform: Platform, Docker: config.Docker{Host: "unix:///nowhere/docker.sock"}}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gone.Owns(t.Context()); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("of a daemon that is gone it is said %v", err)
	}
}
