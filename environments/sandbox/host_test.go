package sandbox

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/control"
	"github.com/gantry-cd/gantry/environments/internal/host"
)

func TestAServiceThatDiesIsStartedAgain(t *testing.T) {
	w := newWorld(t, config.Environment{})
	image := w.deploy("1.0.0")
	before := w.live()
	if status, _ := w.get("/crash"); status != http.StatusBadGateway {
		t.Errorf("the request that kills the service got %d", status)
	}
	eventually(t, "the service runs again", func() bool {
		live := w.live()
		return live != nil && live.Healthy && live.Detail != before.Detail
	})
	w.answers("1.0.0")
	if live := w.live(); live.Image != image || !live.Since.Equal(before.Since) {
		t.Errorf("live is %+v, before %+v", live, before)
	}
	found, err := w.Evidence(t.Context(), w.slot, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	events := strings.Join(found.Events, "\n")
	for _, want := range []string{"started 1.0.0", "is healthy", "switched", `exit status 7: "fatal: asked to crash"`, "is live again"} {
		if !strings.Contains(events, want) {
			t.Errorf("the events tell nothing of %q:\n%s", want, events)
		}
	}
	if len(found.Logs) != 1 || !strings.Contains(found.Logs[0].Text, "fatal: asked to crash") {
		t.Errorf("the logs are %+v", found.Logs)
	}
}

func TestAServiceOutlivesItsHostAndIsAdopted(t *testing.T) {
	w := newWorld(t, config.Environment{})
	image := w.deploy("1.0.0")
	before := w.live()
	w.killHost()
	again := open(t, w.state, config.Environment{Name: "dev"})
	live, err := again.Live(t.Context(), w.slot)
	if err != nil || live == nil || live.Image != image || !live.Healthy || live.Detail != before.Detail {
		t.Fatalf("after the host's death %+v, %v, before %+v", live, err, before)
	}
	w.answers("1.0.0") // at the same address, by a client that knew the dead host
	w.deploy("1.1.0")  // over the adopted one
	w.answers("1.1.0")
	w.roll(w.rollout("1.0.0", image)) // images outlive the host, too
	w.answers("1.0.0")
}

func TestAnAdoptedServiceThatDiesIsStartedAgain(t *testing.T) {
	w := newWorld(t, config.Environment{})
	w.deploy("1.0.0")
	w.killHost()
	before := w.live()
	w.get("/crash")
	eventually(t, "the service runs again", func() bool { live := w.live(); return live.Healthy && live.Detail != before.Detail })
	w.answers("1.0.0")
}

func TestAServiceThatDiedWithItsHostIsStartedAgain(t *testing.T) {
	w := newWorld(t, config.Environment{})
	image := w.deploy("1.0.0")
	w.killHost()
	state, err := host.Peek(environmentDir(w.state, "dev"))
	if err != nil {
		t.Fatal(err)
	}
	service := state.Of(w.slot).Live.Process
	_ = syscall.Kill(-service.PID, syscall.SIGKILL)
	eventually(t, "the service is gone", func() bool { return !service.Alive() })
	eventually(t, "it is live again", func() bool { live := w.live(); return live != nil && live.Healthy && live.Image == image })
	w.answers("1.0.0")
}

func TestAHostThatIsAskedToEndLeavesItsServices(t *testing.T) {
	w := newWorld(t, config.Environment{})
	w.deploy("1.0.0")
	before, p := w.live(), w.host()
	if err := syscall.Kill(p.PID, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the host is gone", func() bool { return !p.Alive() })
	if live := w.live(); live == nil || live.Detail != before.Detail {
		t.Errorf("live is %+v, before %+v", live, before)
	}
}

func TestAHostOfAnotherProtocolIsReplaced(t *testing.T) {
	w := newWorld(t, config.Environment{})
	w.deploy("1.0.0")
	before, p := w.live(), w.host()
	file := filepath.Join(environmentDir(w.state, "dev"), control.FileName)
	address, err := control.ReadAddress(filepath.Dir(file))
	if err != nil {
		t.Fatal(err)
	}
	address.Protocol++
	if err := control.WriteFile(file, address); err != nil {
		t.Fatal(err)
	}
	live, err := open(t, w.state, config.Environment{Name: "dev"}).Live(t.Context(), w.slot)
	if err != nil || live == nil || live.Detail != before.Detail || p.Alive() {
		t.Errorf("live is %+v, %v; the old host lives: %v", live, err, p.Alive())
	}
}

func TestTwoStartersMakeOneHost(t *testing.T) {
	w := newWorld(t, config.Environment{})
	var starters sync.WaitGroup
	addresses := make([]string, 6)
	for i := range addresses {
		e := open(t, w.state, config.Environment{Name: "dev"})
		starters.Go(func() {
			at, err := e.Endpoint(t.Context(), w.slot)
			if err != nil {
				t.Error(err)
			}
			addresses[i] = at
		})
	}
	starters.Wait()
	for _, at := range addresses {
		if at != addresses[0] {
			t.Errorf("the starters found different hosts: %v", addresses)
		}
	}
	if hosts, err := Hosts(w.state); err != nil || len(hosts) != 1 || hosts[0].PID != w.host().PID {
		t.Errorf("hosts are %+v, %v", hosts, err)
	}
}

func TestAHostThatCannotStartSaysWhy(t *testing.T) {
	w := newWorld(t, config.Environment{})
	dir := environmentDir(w.state, "dev")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, host.StateName), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := w.Endpoint(t.Context(), w.slot)
	if err == nil || !strings.Contains(err.Error(), "is not what the sandbox wrote") {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(filepath.Join(dir, host.StateName)); err != nil {
		t.Fatal(err)
	}
}

func TestDownStopsEverythingAndMayBeRepeated(t *testing.T) {
	w := newWorld(t, config.Environment{})
	image := w.deploy("1.0.0")
	stopped, err := Down(t.Context(), w.state, nil)
	if text := strings.Join(stopped, "\n"); err != nil || !strings.Contains(text, "dev/orders: 1.0.0") || !strings.Contains(text, "dev: host") {
		t.Errorf("stopped %v, %v", stopped, err)
	}
	noProcessOf(t, w.state)
	if stopped, err := Down(t.Context(), w.state, nil); err != nil || len(stopped) != 0 {
		t.Errorf("the second time stopped %v, %v", stopped, err)
	}
	if live := w.live(); live != nil {
		t.Errorf("something is live: %+v", live)
	}
	noProcessOf(t, w.state) // looking starts nothing

	if _, err := w.Endpoint(t.Context(), w.slot); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the release is live again", func() bool { live := w.live(); return live != nil && live.Healthy && live.Image == image })
}

func TestDownFindsWhatADeadHostLeft(t *testing.T) {
	w := newWorld(t, config.Environment{})
	w.deploy("1.0.0")
	w.killHost()
	stopped, err := Down(t.Context(), w.state, nil)
	if err != nil || len(stopped) != 1 || !strings.Contains(stopped[0], "dev/orders") {
		t.Errorf("stopped %v, %v", stopped, err)
	}
	noProcessOf(t, w.state)
}

func TestTwoStateDirectoriesRunSideBySide(t *testing.T) {
	one, other := newWorld(t, config.Environment{}), newWorld(t, config.Environment{})
	one.deploy("1.0.0")
	other.deploy("2.0.0")
	one.answers("1.0.0")
	other.answers("2.0.0")
	if _, err := Down(t.Context(), one.state, nil); err != nil {
		t.Fatal(err)
	}
	other.answers("2.0.0")
}

func TestTheControlAddressAnswersNobodyWithoutTheToken(t *testing.T) {
	w := newWorld(t, config.Environment{})
	w.deploy("1.0.0")
	address, err := control.ReadAddress(environmentDir(w.state, "dev"))
	if err != nil {
		t.Fatal(err)
	}
	address.Token = "guessed"
	err = control.NewClient(*address).Call(t.Context(), control.PathDown, struct{}{}, &control.Down{})
	if err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("got %v", err)
	}
	w.answers("1.0.0")
}

func TestAServiceIsToldWhereItsDependencyIs(t *testing.T) {
	w := newWorld(t, config.Environment{})
	inventory := promotion.Slot{Environment: "dev", Service: "inventory"}
	r := w.rollout("1.0.0", w.image("", "1.0.0"))
	r.Needs = []promotion.Slot{inventory}
	w.roll(r)
	at, err := w.Endpoint(context.Background(), inventory)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.environ()["INVENTORY_URL"]; got != at {
		t.Errorf("INVENTORY_URL is %q, want %q", got, at)
	}
}

func TestTeamsHaveSlotsOfTheirOwn(t *testing.T) {
	w := newWorld(t, config.Environment{TeamIsolation: true})
	w.slot.Team = "checkout"
	w.deploy("1.0.0")
	other := *w
	other.slot.Team = "billing"
	other.deploy("2.0.0")
	w.answers("1.0.0")
	other.answers("2.0.0")
	repository, err := w.Repository(t.Context(), w.slot, "migration")
	if err != nil || repository.Name.RepositoryStr() != "dev/checkout/orders-migration" {
		t.Errorf("the repository is %s, %v", repository.Name, err)
	}
}
