package command

import (
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// world is an environment whose commands are the documentation's for kubectl.
type world struct {
	cluster *cluster
	root    string
	state   string
	config  config.Environment
	slot    promotion.Slot
}

// sentinel is a secret that the commands get.
const sentinel = "s3ntinel-of-the-commands"

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{cluster: newCluster(t), root: t.TempDir(), state: t.TempDir(), slot: promotion.Slot{Environment: "qa", Service: "orders"}}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Abs("../../docs/command/kubectl")
	if err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"bin/kubectl": program, "ops/kubectl": examples} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(w.root, link)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(w.root, link)); err != nil {
			t.Fatal(err)
		}
	}
	for file, text := range map[string]string{"ops/qa/kubeconfig": w.cluster.server.URL + "\n" + w.cluster.token + "\n", "ops/qa/token": sentinel} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(w.root, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(w.root, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", filepath.Join(w.root, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	images := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(images.Close)
	w.config = documented(t, w.root)
	w.config.Registry = config.Registry{Address: strings.TrimPrefix(images.URL, "http://"), Prefix: "acme/qa"}
	w.config.Command.Secrets = map[string]string{"QA_TOKEN": "file:ops/qa/token"}
	w.config.Command.Variables["GORACE"] = "atexit_sleep_ms=0" // under the race detector kubectl would wait before it ends
	w.config.Command.Poll = 20 * time.Millisecond
	return w
}

// documented is the environment of the documentation's example.
func documented(t *testing.T, root string) config.Environment {
	t.Helper()
	text, err := os.ReadFile("../../docs/command/kubectl/config.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"ops/qa/docker", "orders"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const service = "\n[[service]]\nname = \"orders\"\npath = \"orders\"\nteam = \"checkout\"\ndrop = [\"contract\"]\nbuild.step = [{ name = \"a\", run = \"a\" }]\nimage = { files = { a = \"a\" }, entrypoint = [\"a\"] }\n"
	p, err := config.Parse("config.toml", string(text)+service, root)
	if err != nil {
		t.Fatal(err)
	}
	return p.Environments[0]
}

func (w *world) open(*testing.T) engine.Environment {
	return New(config.Pipeline{Root: w.root}, w.config, w.state)
}

// publish pushes an image of the behaviour, and tells the cluster how it will behave.
func (w *world) publish(t *testing.T, e engine.Environment, slot promotion.Slot, image platformtest.Image) promotion.Digest {
	t.Helper()
	at, err := e.Repository(t.Context(), slot, image.What)
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{"version": image.Version, "behaviour": string(image.Behaviour), "what": image.What}
	made, err := mutate.Config(empty.Image, v1.Config{Labels: labels})
	if err != nil {
		t.Fatal(err)
	}
	digest, err := made.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(at.Name.Digest(digest.String()), made, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	w.cluster.change(func() { w.cluster.images[promotion.Digest(digest.String())] = image })
	return promotion.Digest(digest.String())
}

// answers is the version of a slot's ready pods.
func (w *world) answers(_ *testing.T, _ engine.Environment, slot promotion.Slot) (version string) {
	w.cluster.change(func() {
		for _, p := range w.cluster.pods {
			if p.of == nameOf(slot) && p.ready && w.cluster.services[p.of] {
				version = w.cluster.images[digestOf(p.image)].Version
			}
		}
	})
	return version
}

// drift is kubectl set image, by hand.
func (w *world) drift(t *testing.T, e engine.Environment) promotion.Digest {
	digest := w.publish(t, e, w.slot, platformtest.Image{Version: "6.6.6", Behaviour: platformtest.Good})
	w.cluster.change(func() {
		d := *w.cluster.deployments["orders"]
		repository, _, _ := strings.Cut(d.image, "@")
		d.image, d.generation = repository+"@"+string(digest), d.generation+1
		w.cluster.deployments["orders"] = &d
		w.cluster.scale(&d)
	})
	return digest
}

func TestCommandsDoWhatEveryPlatformDoes(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.World {
		w := newWorld(t)
		return platformtest.World{
			Slot: w.slot, Open: w.open, Publish: w.publish, Answers: w.answers,
			Break:  func(*testing.T) { w.cluster.change(func() { w.cluster.broken = true }) },
			Mend:   func(*testing.T) { w.cluster.change(func() { w.cluster.broken = false }) },
			Expire: func(*testing.T) { w.cluster.change(func() { w.cluster.expired = true }) },
			Renew:  func(*testing.T) { w.cluster.change(func() { w.cluster.expired = false }) },
			Drift:  w.drift,
			Running: func(*testing.T) (all []string) {
				w.cluster.change(func() {
					for _, p := range w.cluster.pods {
						all = append(all, p.of+" "+p.version)
					}
				})
				return all
			},
			Snapshot: func(*testing.T) string { return w.cluster.contents() + kept(t, w.state) },
			Migrations: func(*testing.T, engine.Environment) (n int) {
				w.cluster.change(func() { n = w.cluster.migrations })
				return n
			},
			Started: "asked for", Short: 4 * time.Second,
			NotApplicable: map[string]string{"Kill": "no process of Gantry's works for it: the cluster goes on by itself"},
		}
	})
}

// kept is all that the environment keeps on this machine.
func kept(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&all, "%s\n%s\n", path, text)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return all.String()
}
