package docker

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/mutate"
	api "github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/host"
	"github.com/gantry-cd/gantry/environments/platformtest"
	"github.com/gantry-cd/gantry/environments/sandbox"
)

// checked is an image that brings a HEALTHCHECK of its own and answers nothing at /healthz.
func checked(t *testing.T, version, command string) v1.Image {
	t.Helper()
	image := assemble(t, version, "-version", version, "-how", "probed")
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c := file.Config
	c.Healthcheck = &v1.HealthConfig{Test: []string{"CMD", "/app/service", command}, Interval: 200 * time.Millisecond, Timeout: 5 * time.Second, Retries: 2}
	with, err := mutate.Config(image, c)
	if err != nil {
		t.Fatal(err)
	}
	return with
}

func TestAnImagesOwnHealthcheckJudges(t *testing.T) {
	w := newWorld(t, config.Environment{})
	w.roll(w.rollout("1.0.0", push(t, w, w.slot, "", checked(t, "1.0.0", "-probe"))))
	if live, err := w.Live(t.Context(), w.slot); err != nil || !live.Healthy || live.Version != "1.0.0" {
		t.Errorf("live is %+v, %v", live, err)
	}
	r := w.rollout("1.1.0", push(t, w, w.slot, "", checked(t, "1.1.0", "-no-such-flag")))
	r.HealthTimeout = 3 * time.Second
	_, err := w.Deploy(t.Context(), r, &strings.Builder{})
	var verdict *engine.Verdict
	if !errors.As(err, &verdict) || !verdict.FailedOver || !strings.Contains(verdict.Why, "HEALTHCHECK says that it is unhealthy") {
		t.Errorf("got %v, want a failover by the HEALTHCHECK", err)
	}
	if status, version := w.get("/version"); status != http.StatusOK || version != "1.0.0" {
		t.Errorf("the slot answers %d %s", status, version)
	}
}

func TestAnImageIsHandedOverWhereTheDaemonCannotReachTheRegistry(t *testing.T) {
	w := newWorld(t, config.Environment{Docker: config.Docker{Images: "load"}})
	first := w.deploy("1.0.0")
	w.deploy("1.1.0")
	if live := w.roll(w.rollout("1.0.0", first)); live.Image != first || live.Version != "1.0.0" {
		t.Errorf("live is %+v", live)
	}
}

func TestAContainerGetsNoMoreThanItMay(t *testing.T) {
	w := newWorld(t, config.Environment{Docker: config.Docker{Memory: 64 << 20, CPUs: 0.5, PIDs: 50}})
	image := w.deploy("1.0.0")
	before, err := w.Live(t.Context(), w.slot)
	if err != nil {
		t.Fatal(err)
	}
	found, err := w.daemon.ContainerInspect(t.Context(), strings.Fields(before.Detail)[1], client.ContainerInspectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	on := found.Container.HostConfig
	if on.Memory != 64<<20 || on.NanoCPUs != 5e8 || on.PidsLimit == nil || *on.PidsLimit != 50 {
		t.Errorf("the container may take %d bytes, %d nanocpus, %v processes", on.Memory, on.NanoCPUs, on.PidsLimit)
	}
	w.get("/hoard")
	eventually(t, "it is started again", func() bool {
		live, err := w.Live(t.Context(), w.slot)
		return err == nil && live != nil && live.Healthy && live.Detail != before.Detail && live.Image == image
	})
	found2, err := w.Evidence(t.Context(), w.slot, time.Now().Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"took more memory than it may", "docker: gantry-", "die, exit status 137"} {
		if !strings.Contains(strings.Join(found2.Events, "\n"), words) {
			t.Errorf("the events say nothing of %q: %q", words, found2.Events)
		}
	}
}

func TestNothingOfAMigrationOutlivesItsDeadline(t *testing.T) {
	w := newWorld(t, config.Environment{})
	image := push(t, w, w.slot, "migration", assemble(t, "1.0.0", "-how", "blocking"))
	ctx, cancel := context.WithCancel(t.Context())
	log := &sign{word: "waits for a lock", seen: make(chan struct{})}
	ended := make(chan error, 1)
	go func() { ended <- w.Migrate(ctx, engine.Migration{Slot: w.slot, Image: image}, log) }()
	<-log.seen
	cancel()
	noVerdict(t, <-ended)
	eventually(t, "its container is gone", func() bool { return len(w.running(t)) == 0 })
}

func TestAContainerThatAHostHadNoTimeToNoteIsRemovedByTheNext(t *testing.T) {
	w := newWorld(t, config.Environment{})
	w.deploy("1.0.0")
	before := w.running(t)
	found, err := w.daemon.ContainerInspect(t.Context(), strings.Fields(before[0])[0], client.ContainerInspectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	stray := *found.Container.Config
	stray.Labels = maps.Clone(stray.Labels)
	w.killHost(t)
	if _, err := w.daemon.ContainerCreate(t.Context(), client.ContainerCreateOptions{Config: &stray}); err != nil {
		t.Fatal(err)
	}
	if left := w.running(t); len(left) != 2 {
		t.Fatalf("on the daemon are %q", left)
	}
	if _, err := w.Endpoint(t.Context(), w.slot); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the stray is gone, and nothing else", func() bool { return slices.Equal(w.running(t), before) })
}

func TestAnEnvironmentIsNotMovedAwayFromWhatRuns(t *testing.T) {
	w := newWorld(t, config.Environment{})
	w.deploy("1.0.0")
	w.configured.Docker.Network = "gantry-test-elsewhere"
	moved := w.open(t)
	if _, err := moved.Endpoint(t.Context(), w.slot); err == nil || !strings.Contains(err.Error(), "still runs on the daemon") || !strings.Contains(err.Error(), "gantry down") {
		t.Errorf("got %v", err)
	}
	if err := w.Stop(t.Context(), w.slot, &strings.Builder{}); err != nil {
		t.Fatal(err)
	}
	if _, err := moved.Endpoint(t.Context(), w.slot); err != nil {
		t.Errorf("once nothing runs: %v", err)
	}
}

func TestWhatSomebodyElseKillsIsNoVerdict(t *testing.T) {
	for how, kill := range map[string]func(w *world, id string) error{
		"stopped": func(w *world, id string) error {
			_, err := w.daemon.ContainerStop(context.Background(), id, client.ContainerStopOptions{})
			return err
		},
		"killed": func(w *world, id string) error {
			_, err := w.daemon.ContainerKill(context.Background(), id, client.ContainerKillOptions{})
			return err
		},
		"removed": func(w *world, id string) error {
			_, err := w.daemon.ContainerRemove(context.Background(), id, client.ContainerRemoveOptions{Force: true})
			return err
		},
	} {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t, config.Environment{})
			w.deploy("1.0.0")
			old := w.running(t)[0]
			image := w.publish(t, w, w.slot, platformtest.Image{Version: "1.1.0", Behaviour: platformtest.NeverHealthy})
			ended := make(chan error, 1)
			go func() {
				_, err := w.Deploy(context.Background(), w.rollout("1.1.0", image), &strings.Builder{})
				ended <- err
			}()
			eventually(t, "the new version is started, and ended by somebody else", func() bool {
				for _, c := range w.running(t) {
					if c != old && strings.HasSuffix(c, "running") {
						return kill(w, strings.Fields(c)[0]) == nil
					}
				}
				return false
			})
			noVerdict(t, <-ended)
			if status, version := w.get("/version"); status != http.StatusOK || version != "1.0.0" {
				t.Errorf("the slot answers %d %s", status, version)
			}
		})
	}
}

// environ is all that the deployed service sees.
func (w *world) environ() map[string]string {
	w.t.Helper()
	_, body := w.get("/environ")
	var list []string
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		w.t.Fatalf("%v in %q", err, body)
	}
	seen := map[string]string{}
	for _, v := range list {
		name, value, _ := strings.Cut(v, "=")
		seen[name] = value
	}
	return seen
}

func TestAServiceReachesItsDependencyAndNobodyElsesContainerDoes(t *testing.T) {
	w := newWorld(t, config.Environment{})
	inventory := *w
	inventory.slot.Service = "inventory"
	inventory.deploy("3.0.0")
	r := w.rollout("1.0.0", w.publish(t, w, w.slot, platformtest.Image{Version: "1.0.0", Behaviour: platformtest.Good}))
	r.Needs = []promotion.Slot{inventory.slot}
	w.roll(r)
	at := w.environ()["INVENTORY_URL"]
	if status, version := w.get("/ask?url=" + url.QueryEscape(at+"/version")); status != http.StatusOK || version != "3.0.0" {
		t.Errorf("orders asks %s for its dependency and gets %d %s", at, status, version)
	}
	w.killHost(t)
	inventory.deploy("3.1.0") // over a new host, and orders is told nothing
	if status, version := w.get("/ask?url=" + url.QueryEscape(at+"/version")); status != http.StatusOK || version != "3.1.0" {
		t.Errorf("after a deploy by a new host orders asks %s and gets %d %s", at, status, version)
	}
	stranger := newWorld(t, config.Environment{}) // another environment, on the same daemon
	stranger.deploy("1.0.0")
	if status, said := stranger.get("/ask?url=" + url.QueryEscape(at+"/version")); status != http.StatusBadGateway {
		t.Errorf("a container of another environment is answered: %d %s", status, said)
	}
}

func TestWhatIsBroughtBackReachesItsDependencyInAnotherNetwork(t *testing.T) {
	w := newWorld(t, config.Environment{})
	inventory := *w
	inventory.slot.Service = "inventory"
	inventory.deploy("3.0.0")
	r := w.rollout("1.0.0", w.publish(t, w, w.slot, platformtest.Image{Version: "1.0.0", Behaviour: platformtest.Good}))
	r.Needs = []promotion.Slot{inventory.slot}
	w.roll(r)
	at := w.environ()["INVENTORY_URL"]
	networks, err := w.daemon.NetworkList(t.Context(), client.NetworkListOptions{Filters: w.ours()})
	if err != nil || len(networks.Items) != 1 {
		t.Fatalf("its networks are %v, %v", networks.Items, err)
	}
	if _, err := sandbox.Down(t.Context(), w.state, host.Runtimes{Platform: Runtime}); err != nil {
		t.Fatal(err)
	}
	const taker = "gantry-test-takes-the-subnet"
	pool := api.IPAM{Config: []api.IPAMConfig{{Subnet: networks.Items[0].IPAM.Config[0].Subnet}}}
	if _, err := w.daemon.NetworkCreate(t.Context(), taker, client.NetworkCreateOptions{Driver: "bridge", IPAM: &pool}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = w.daemon.NetworkRemove(context.Background(), taker, client.NetworkRemoveOptions{})
	})
	if _, err := w.Endpoint(t.Context(), w.slot); err != nil { // somebody asks for something
		t.Fatal(err)
	}
	eventually(t, "both are back, and the one reaches the other", func() bool {
		status, version := w.get("/ask?url=" + url.QueryEscape(at+"/version"))
		return status == http.StatusOK && version == "3.0.0"
	})
}

// Two environments that have the same image have it on the daemon under two names, and each takes its own away.
func TestTheSameImageInTwoEnvironmentsIsGoneWithTheLast(t *testing.T) {
	one, other := newWorld(t, config.Environment{}), newWorld(t, config.Environment{})
	digest := one.deploy("1.0.0")
	if other.deploy("1.0.0") != digest {
		t.Fatal("it is not the same image")
	}
	for _, w := range []*world{one, other} {
		w.roll(w.rollout("1.0.0", digest)) // the old container of the same image goes
		state, err := host.Peek(filepath.Join(w.state, "environments", "dev"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.daemon.ImageInspect(t.Context(), state.Of(w.slot).Live.Ref); err != nil {
			t.Errorf("the image of what runs has lost its name: %v", err)
		}
	}
}

func TestANetworkOfAnotherEnvironmentIsRefusedAndOnesOwnIsLeft(t *testing.T) {
	const called = "gantry-test-own-network"
	w := newWorld(t, config.Environment{Docker: config.Docker{Network: called}})
	if _, err := w.daemon.NetworkCreate(t.Context(), called, client.NetworkCreateOptions{Driver: "bridge"}); err != nil {
		t.Fatal(err)
	}
	remove := func() {
		_, _ = w.daemon.NetworkRemove(context.Background(), called, client.NetworkRemoveOptions{})
	}
	t.Cleanup(remove)
	w.deploy("1.0.0")
	if err := w.Stop(t.Context(), w.slot, &strings.Builder{}); err != nil {
		t.Fatal(err)
	}
	remove()
	labels := map[string]string{labelState: "another", labelEnvironment: "prod"}
	if _, err := w.daemon.NetworkCreate(t.Context(), called, client.NetworkCreateOptions{Driver: "bridge", Labels: labels}); err != nil {
		t.Fatal(err)
	}
	image := w.publish(t, w, w.slot, platformtest.Image{Version: "1.1.0", Behaviour: platformtest.Good})
	_, err := w.Deploy(t.Context(), w.rollout("1.1.0", image), &strings.Builder{})
	noVerdict(t, err)
	if err == nil || !strings.Contains(err.Error(), "belongs to the environment prod") {
		t.Errorf("got %v", err)
	}
	var left api.Inspect
	if found, err := w.daemon.NetworkInspect(t.Context(), called, client.NetworkInspectOptions{}); err == nil {
		left = found.Network
	}
	if left.Name != called {
		t.Error("somebody else's network is gone")
	}
}

func TestAnEnvironmentDoesNotChangeItsPlatformWhileSomethingRuns(t *testing.T) {
	w := newWorld(t, config.Environment{})
	w.deploy("1.0.0")
	onSandbox := config.Environment{Name: "dev", Platform: "sandbox"}
	e, err := openSandbox(w, onSandbox)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Endpoint(t.Context(), w.slot); err == nil || !strings.Contains(err.Error(), `runs on the platform "docker"`) || !strings.Contains(err.Error(), "gantry down") {
		t.Errorf("got %v", err)
	}
}

// postgres is an administrator's URL of a server to test on.
func postgres(t *testing.T) {
	t.Helper()
	admin := os.Getenv("GANTRY_TEST_POSTGRES")
	if admin == "" && os.Getenv("GANTRY_CI") == "1" {
		t.Fatal("gantry needs a Postgres server: set GANTRY_TEST_POSTGRES to an administrator's URL")
	}
	if admin == "" {
		t.Skip("gantry needs a Postgres server: set GANTRY_TEST_POSTGRES to an administrator's URL")
	}
	t.Setenv("TEST_ADMIN_URL", admin)
}

func TestOnPostgresAMigrationOwnsTheSchemaAndTheServiceDoesNot(t *testing.T) {
	postgres(t)
	w := newWorld(t, config.Environment{Database: config.Database{Postgres: "env:TEST_ADMIN_URL"}})
	migration := push(t, w, w.slot, "migration", assemble(t, "1.0.0", "-sql", "CREATE TABLE orders (id INTEGER)"))
	var log strings.Builder
	if err := w.Migrate(t.Context(), engine.Migration{Slot: w.slot, Image: migration}, &log); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	r := w.rollout("1.0.0", w.publish(t, w, w.slot, platformtest.Image{Version: "1.0.0", Behaviour: platformtest.Good}))
	r.Release.Migration = migration
	w.roll(r)
	sql := func(statement string) (int, string) { return w.get("/sql?q=" + url.QueryEscape(statement)) }
	if status, body := sql("INSERT INTO orders VALUES (1)"); status != http.StatusOK {
		t.Errorf("the service cannot write: %s", body)
	}
	for _, refused := range []string{"CREATE TABLE more (id INTEGER)", "DROP TABLE orders"} {
		if status, body := sql(refused); status == http.StatusOK || !strings.Contains(body, "42501") {
			t.Errorf("%s: %d %s", refused, status, body)
		}
	}
	for name, value := range w.environ() {
		if strings.Contains(value, "_ddl") {
			t.Errorf("the service sees %s=%s", name, value)
		}
	}
	w.killHost(t)
	if _, err := w.Endpoint(t.Context(), w.slot); err != nil { // another host
		t.Fatal(err)
	}
	if status, body := sql("INSERT INTO orders VALUES (2)"); status != http.StatusOK {
		t.Errorf("over a new host the service cannot write: %s", body)
	}
}
