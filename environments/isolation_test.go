package environments

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
)

func TestWhatTwoEnvironmentsShareIsFoundByWhatItIs(t *testing.T) {
	things := func(ids ...string) (all []engine.Possession) {
		for _, id := range ids {
			all = append(all, engine.Possession{What: "cluster", ID: id})
		}
		return all
	}
	got := sharing([]Owned{
		{Environment: "dev", Things: things("a", "a")},
		{Environment: "qa", Things: append(things("b"), engine.Possession{What: "secret", ID: "a"})},
		{Environment: "prod", Things: things("c", "b")},
	})
	if want := []string{"qa and prod share the cluster b: give each environment its own"}; !slices.Equal(got, want) {
		t.Errorf("they share %q, want %q", got, want)
	}
}

// commands is an environment of commands that say who they are.
func commands(name, identity, token string) config.Environment {
	return config.Environment{
		Name: name, Platform: "command", Registry: config.Registry{Address: "registry.test", Prefix: name},
		Command: config.Command{Identity: config.CommandLine{Run: identity, Timeout: time.Minute}, Secrets: map[string]string{"TOKEN": token}},
	}
}

func TestEnvironmentsThatCommandsReachAreAskedWhoTheyAre(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"one", "other"} { // two references to one secret
		if err := os.WriteFile(filepath.Join(root, name), []byte("s3cret"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := config.Pipeline{Root: root, Environments: []config.Environment{
		{Name: "dev", Platform: "sandbox"},
		commands("qa", "echo https://cluster.test as robot", "file:one"),
		commands("prod", "echo https://cluster.test as robot", "file:other"),
	}}
	owned, shared := Isolation(t.Context(), p, t.TempDir())
	for _, o := range owned {
		if o.Err != nil || len(o.Things) == 0 {
			t.Errorf("%s owns %v, %v", o.Environment, o.Things, o.Err)
		}
	}
	text := strings.Join(shared, "\n")
	if len(shared) != 2 || !strings.Contains(text, "qa and prod share the secret TOKEN") || !strings.Contains(text, "qa and prod share the identity https://cluster.test as robot") || strings.Contains(text, "s3cret") {
		t.Errorf("they share %q", shared)
	}
	p.Environments[2] = commands("prod", "echo no route >&2; exit 1", "file:one")
	owned, _ = Isolation(t.Context(), p, t.TempDir())
	if err := owned[2].Err; err == nil || !strings.Contains(err.Error(), "no route") {
		t.Errorf("of an environment that cannot be reached it is said %v", err)
	}
	p.Environments[2] = commands("prod", "", "file:one")
	owned, _ = Isolation(t.Context(), p, t.TempDir())
	if err := owned[2].Err; err == nil || !strings.Contains(err.Error(), "set identity in [environment.command]") {
		t.Errorf("of commands that do not say who they are it is said %v", err)
	}
}

// Two addresses of one Postgres server.
func TestTwoAddressesOfOnePostgresServerAreFound(t *testing.T) {
	address := os.Getenv("GANTRY_TEST_POSTGRES")
	if address == "" && os.Getenv("GANTRY_CI") == "1" {
		t.Fatal("gantry needs a Postgres server: set GANTRY_TEST_POSTGRES to its address")
	}
	if address == "" {
		t.Skip("gantry needs a Postgres server: set GANTRY_TEST_POSTGRES to its address")
	}
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	t.Setenv("ONE", address)
	t.Setenv("OTHER", address+separator+"application_name=other")
	p := config.Pipeline{Root: t.TempDir(), Environments: []config.Environment{
		{Name: "qa", Platform: "sandbox", Database: config.Database{Postgres: "env:ONE"}},
		{Name: "prod", Platform: "sandbox", Database: config.Database{Postgres: "env:OTHER"}},
	}}
	owned, shared := Isolation(t.Context(), p, t.TempDir())
	if len(shared) != 1 || !strings.HasPrefix(shared[0], "qa and prod share the Postgres server that began at ") {
		t.Errorf("they share %q: %v", shared, owned)
	}
}
