package sandbox

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gantry-cd/gantry/engine/images"
)

func TestTheArtifactStoreStandsByItself(t *testing.T) {
	state := t.TempDir()
	t.Cleanup(func() { noProcessOf(t, state) })
	repository, err := Artifacts(state, WithLauncher(launch)).Repository(t.Context(), "inventory")
	if err != nil || repository.Name.RepositoryStr() != "stubs/inventory" {
		t.Fatalf("the repository is %s, %v", repository.Name, err)
	}
	if _, err := os.Stat(filepath.Join(state, "environments")); !os.IsNotExist(err) {
		t.Errorf("the store made an environment: %v", err)
	}
	if hosts, err := Hosts(state); err != nil || len(hosts) != 1 || hosts[0].Name != "artifacts" || hosts[0].PID == 0 {
		t.Errorf("hosts are %+v, %v", hosts, err)
	}
	if stopped, err := Down(t.Context(), state, nil); err != nil || len(stopped) != 1 {
		t.Errorf("stopped %v, %v", stopped, err)
	}
}

func TestAnArtifactAndItsChannelOutliveTheStoresHost(t *testing.T) {
	state := t.TempDir()
	t.Cleanup(func() { noProcessOf(t, state) })
	open := func() images.Repository {
		repository, err := Artifacts(state, WithLauncher(launch)).Repository(t.Context(), "inventory")
		if err != nil {
			t.Fatal(err)
		}
		return repository
	}
	repository := open()
	digest, err := images.PushArtifact(t.Context(), repository, "application/vnd.test", "text/plain", nil, []byte("a stub"))
	if err != nil {
		t.Fatal(err)
	}
	if err := images.Tag(t.Context(), repository, digest, "qa"); err != nil {
		t.Fatal(err)
	}
	if _, err := Down(t.Context(), state, nil); err != nil {
		t.Fatal(err)
	}
	repository = open()
	if got, err := images.Resolve(t.Context(), repository, "qa"); err != nil || got != digest {
		t.Errorf("the channel points at %s, %v, want %s", got, err, digest)
	}
	if text, err := images.FetchArtifact(t.Context(), repository, digest); err != nil || string(text) != "a stub" {
		t.Errorf("the artifact is %q, %v", text, err)
	}
	if _, err := Down(t.Context(), state, nil); err != nil {
		t.Error(err)
	}
}
