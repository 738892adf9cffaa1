package command

import (
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// world is an environment whose commands are the documentation's for one of the programs.
type world struct {
	*front
	root   string
	state  string
	config config.Environment
	slot   promotion.Slot
}

// sentinel is a secret that the commands get.
const sentinel = "s3ntinel-of-the-commands"

// worlds are the documentation's examples, and what each reaches.
var worlds = map[string]func(*front) reached{
	"kubectl": func(f *front) reached { return newCluster(f) },
	"helm":    func(f *front) reached { return newCluster(f) },
	"nomad":   func(f *front) reached { return newNomad(f) },
	"compose": func(f *front) reached { return newMachine(f) },
	"aws":     func(f *front) reached { return newAccount(f) },
}

// shell are the programs of every machine that the scripts may use, and no others.
var shell = []string{"sh", "base64", "cat", "cksum", "cut", "date", "grep", "jq", "mktemp", "paste", "rm", "sed", "sleep"}

func newWorld(t *testing.T, example string) *world {
	t.Helper()
	w := &world{front: newFront(t), root: t.TempDir(), state: t.TempDir(), slot: promotion.Slot{Environment: "qa", Service: "orders"}}
	w.behind = worlds[example](w.front)
	w.installed(t)
	address := w.server.URL
	for file, text := range map[string]string{
		"ops/qa/kubeconfig": address + "\n" + w.token + "\n", "ops/qa/token": sentinel, "ops/qa/docker/token": w.token, "ops/qa/orders-migration.env": "",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(w.root, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(w.root, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("QA_NOMAD_TOKEN", w.token)
	images := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(images.Close)
	w.config = documented(t, w.root, example)
	w.config.Registry = config.Registry{Address: strings.TrimPrefix(images.URL, "http://"), Prefix: "acme/qa"}
	if w.config.Command.Secrets == nil {
		w.config.Command.Secrets = map[string]string{}
	}
	w.config.Command.Secrets["QA_TOKEN"] = "file:ops/qa/token"
	for variable, value := range map[string]string{
		"NOMAD_ADDR": address, "DOCKER_HOST": strings.Replace(address, "http://", "tcp://", 1), "AWS_PROFILE": w.token, "AWS_ENDPOINT_URL": address,
		"GORACE": "atexit_sleep_ms=0", // under the race detector a stand-in would wait before it ends
	} {
		w.config.Command.Variables[variable] = value
	}
	w.config.Command.Poll = 20 * time.Millisecond
	return w
}

// installed makes ops the documentation's examples, and the PATH what the scripts may use.
func (w *world) installed(t *testing.T) {
	t.Helper()
	link := func(to, as string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(w.root, as)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(w.root, as)); err != nil {
			t.Fatal(err)
		}
	}
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for program := range programs {
		link(own, "bin/"+program)
	}
	for _, program := range shell {
		at, err := exec.LookPath(program)
		switch {
		case err != nil && os.Getenv("GANTRY_CI") == "1":
			t.Fatalf("the examples need %s: install it", program)
		case err != nil:
			t.Skipf("the examples need %s: install it", program)
		}
		link(at, "bin/"+program)
	}
	for example := range worlds {
		at, err := filepath.Abs("../../docs/command/" + example)
		if err != nil {
			t.Fatal(err)
		}
		link(at, "ops/"+example)
	}
	t.Setenv("PATH", filepath.Join(w.root, "bin"))
}

// documented is the environment of the documentation's example.
func documented(t *testing.T, root, example string) config.Environment {
	t.Helper()
	text, err := os.ReadFile("../../docs/command/" + example + "/config.toml")
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
	w.change(func() { w.images[promotion.Digest(digest.String())] = image })
	return promotion.Digest(digest.String())
}

// answers is the version of what serves a slot.
func (w *world) answers(_ *testing.T, _ engine.Environment, slot promotion.Slot) (version string) {
	w.change(func() { version = w.images[w.behind.serves(nameOf(slot))].Version })
	return version
}

// drift has somebody change the slot's image by hand.
func (w *world) drift(t *testing.T, e engine.Environment) promotion.Digest {
	digest := w.publish(t, e, w.slot, platformtest.Image{Version: "6.6.6", Behaviour: platformtest.Good})
	at, err := e.Repository(t.Context(), w.slot, "")
	if err != nil {
		t.Fatal(err)
	}
	w.change(func() { w.behind.set("orders", at.Name.Name()+"@"+string(digest)) })
	return digest
}

// others is what does not apply to one of the examples, or is another there.
var others = map[string]func(*platformtest.World){
	"compose": func(w *platformtest.World) {
		w.NotApplicable["gone in the middle of a deploy: no verdict"] = "Compose replaces what was live, and nobody can bring it back before the daemon is there again"
	},
	"aws": func(w *platformtest.World) {
		w.Started = "is called now"
		w.NotApplicable["the endpoint is the same over a deploy"] = "a function's address is its alias's, which the first deploy makes"
		w.NotApplicable["what was put aside is removed, once and again"] = "a function is made outside of Gantry"
	},
}

func TestTheDocumentedExamplesDoWhatEveryPlatformDoes(t *testing.T) {
	for _, example := range slices.Sorted(maps.Keys(worlds)) {
		t.Run(example, func(t *testing.T) {
			if testing.Short() && example != "kubectl" {
				t.Skip("a minute for each example: run it without -short")
			}
			platformtest.Run(t, func(t *testing.T) platformtest.World {
				offered := newWorld(t, example).offered(t)
				if other := others[example]; other != nil {
					other(&offered)
				}
				return offered
			})
		})
	}
}

func TestAProgramThatIsMissingIsNoVerdict(t *testing.T) {
	for example, program := range map[string]string{"kubectl": "kubectl", "helm": "helm", "nomad": "nomad", "compose": "docker", "aws": "aws"} {
		t.Run(example, func(t *testing.T) {
			w := newWorld(t, example)
			e := w.open(t)
			deploy := func(version string) error {
				digest := w.publish(t, e, w.slot, platformtest.Image{Version: version, Behaviour: platformtest.Good})
				release := promotion.Release{Service: "orders", Version: version, Image: digest}
				_, err := e.Deploy(t.Context(), engine.Rollout{Slot: w.slot, Release: release}, io.Discard)
				return err
			}
			if err := deploy("1.0.0"); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(filepath.Join(w.root, "bin", program)); err != nil {
				t.Fatal(err)
			}
			var verdict *engine.Verdict
			if err := deploy("1.1.0"); err == nil || errors.As(err, &verdict) || !strings.Contains(err.Error(), program) {
				t.Errorf("a deploy without %s: got %v, want an error that names it and is no verdict", program, err)
			}
			if live, err := e.Live(t.Context(), w.slot); err == nil && program != "helm" { // what runs is kubectl's to tell
				t.Errorf("without %s, live is %+v", program, live)
			}
		})
	}
}

// offered is what the situations may do to the world.
func (w *world) offered(t *testing.T) platformtest.World {
	return platformtest.World{
		Slot: w.slot, Open: w.open, Publish: w.publish, Answers: w.answers,
		Break:  func(*testing.T) { w.change(func() { w.broken = true }) },
		Mend:   func(*testing.T) { w.change(func() { w.broken = false }) },
		Expire: func(*testing.T) { w.change(func() { w.expired = true }) },
		Renew:  func(*testing.T) { w.change(func() { w.expired = false }) },
		Drift:  w.drift,
		Running: func(*testing.T) (all []string) {
			w.change(func() { all = w.behind.running() })
			return all
		},
		Snapshot: func(*testing.T) (all string) {
			w.change(func() { all = w.behind.state() })
			return all + kept(t, w.state)
		},
		Migrations: func(*testing.T, engine.Environment) (n int) {
			w.change(func() { n = w.migrations })
			return n
		},
		Started: "asked for", Short: 4 * time.Second,
		NotApplicable: map[string]string{"Kill": "no process of Gantry's works for it: the platform goes on by itself"},
	}
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
