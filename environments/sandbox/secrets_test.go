package sandbox

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/gantry-cd/gantry/engine/config"
)

func TestAServiceSeesItsOwnVariablesAndNothingElse(t *testing.T) {
	t.Setenv("CANARY", "of the shell that runs gantry")
	w := newWorld(t, config.Environment{Variables: map[string]string{"REGION": "here"}})
	qa := open(t, w.state, config.Environment{Name: "qa", Variables: map[string]string{"QA_ONLY": "secret"}})
	if _, err := qa.Endpoint(t.Context(), w.slotOf("qa")); err != nil {
		t.Fatal(err)
	}
	r := w.rollout("1.0.0", w.image("", "1.0.0"))
	r.Release.Migration, r.Variables = w.image("migration", "1.0.0"), []string{"CURRENCY=EUR"}
	w.roll(r)
	seen := w.environ()
	if seen["REGION"] != "here" || seen["CURRENCY"] != "EUR" || seen["PORT"] == "" {
		t.Errorf("its own variables are missing: %v", seen)
	}
	if want := "sqlite://" + filepath.Join(environmentDir(w.state, "dev"), "databases", "orders.db"); seen["DATABASE_URL"] != want {
		t.Errorf("DATABASE_URL is %s, want %s", seen["DATABASE_URL"], want)
	}
	if !strings.HasPrefix(seen["HOME"], w.state) {
		t.Errorf("HOME is %s", seen["HOME"])
	}
	allowed := []string{"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PORT", "DATABASE_URL", "REGION", "CURRENCY",
		"TEST_ROLE", "TEST_VERSION", "GORACE", "PWD", "OLDPWD", "SHLVL", "_"} // the image's script and its shell set the last ones
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		if !slices.Contains(allowed, name) {
			t.Errorf("the service sees %s=%s", name, seen[name])
		}
	}
}

func TestOnlyTheWriterWritesTheRegistry(t *testing.T) {
	w := newWorld(t, config.Environment{})
	digest := w.image("", "1.0.0")
	repository, err := w.Repository(t.Context(), w.slot, "")
	if err != nil {
		t.Fatal(err)
	}
	at := repository.Name.Digest(string(digest))
	image, err := remote.Image(at, remote.WithAuth(repository.Read))
	if err != nil {
		t.Fatalf("the reader cannot read: %v", err)
	}
	if err := remote.Write(repository.Name.Tag("mine"), image, remote.WithAuth(repository.Read)); err == nil {
		t.Error("the reader may write")
	}
	if _, err := remote.Image(at, remote.WithAuth(authn.Anonymous)); err == nil {
		t.Error("anybody may read")
	}
	other := open(t, w.state, config.Environment{Name: "qa"})
	foreign, err := other.Repository(t.Context(), w.slotOf("qa"), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := remote.Image(at, remote.WithAuth(foreign.Write)); err == nil {
		t.Error("another environment's credential opens this one's registry")
	}
}

func TestSecretsAreKnownAndKeptFromOthers(t *testing.T) {
	w := newWorld(t, config.Environment{})
	w.deploy("1.0.0")
	dir := environmentDir(w.state, "dev")
	if len(w.Secrets()) < 3 {
		t.Errorf("secrets are %d, want registry passwords and token", len(w.Secrets()))
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the environment's directory is %v, %v", info.Mode(), err)
	}
	for _, file := range []string{"host.json", "secrets.json", "state.json"} {
		if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v, %v", file, info.Mode(), err)
		}
	}
}

func TestALogHoldsNoPassword(t *testing.T) {
	w := newWorld(t, config.Environment{})
	if _, err := w.Endpoint(t.Context(), w.slot); err != nil {
		t.Fatal(err)
	}
	secrets := w.Secrets()
	log, err := w.migrate("TEST_SQL=this is no SQL but " + secrets[0])
	if err == nil || strings.Contains(err.Error(), secrets[0]) || strings.Contains(log, secrets[0]) {
		t.Errorf("a password shows in %v or in %s", err, log)
	}
}
