package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
)

func TestAnEmptySlotHasAnAddressThatSaysSo(t *testing.T) {
	w := newWorld(t, config.Environment{})
	if live := w.live(); live != nil {
		t.Errorf("something is live: %+v", live)
	}
	if status, body := w.get("/version"); status != http.StatusServiceUnavailable || !strings.Contains(body, "nothing is live in dev/orders") {
		t.Errorf("got %d %q", status, body)
	}
}

func TestTheFirstDeployMakesTheReleaseLive(t *testing.T) {
	w := newWorld(t, config.Environment{})
	image := w.deploy("1.0.0")
	w.answers("1.0.0")
	live := w.live()
	if live == nil || live.Image != image || live.Version != "1.0.0" || !live.Healthy || !strings.Contains(live.Detail, "pid ") {
		t.Errorf("live is %+v", live)
	}
}

func TestADeployLosesNoRequest(t *testing.T) {
	w := newWorld(t, config.Environment{})
	w.deploy("1.0.0")
	at, err := w.Endpoint(t.Context(), w.slot)
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	var callers sync.WaitGroup
	asked := make([]int, 4)
	for i := range asked {
		callers.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				if status, body := get(t, at+"/version"); status != http.StatusOK {
					t.Errorf("a request during the deploy got %d %q", status, body)
					return
				}
				asked[i]++
			}
		})
	}
	for _, version := range []string{"1.1.0", "1.2.0", "1.3.0"} {
		w.deploy(version)
	}
	close(over)
	callers.Wait()
	w.answers("1.3.0")
	if asked[0] == 0 {
		t.Error("no request was made meanwhile")
	}
}

func TestABadVersionLeavesTheOldOneLive(t *testing.T) {
	for how, why := range map[string]string{
		"exits":           `ended (exit status 3) after`,
		"never healthy":   "did not become healthy within 1s: ",
		"another version": "reports version 0.0.1, but its image is version 1.1.0",
	} {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t, config.Environment{})
			w.deploy("1.0.0")
			before := w.live()
			r := w.rollout("1.1.0", w.image("", "1.1.0", "TEST_HOW="+how))
			if how == "never healthy" {
				r.HealthTimeout = time.Second
			}
			_, err := w.Deploy(t.Context(), r, &strings.Builder{})
			var verdict *engine.Verdict
			if !errors.As(err, &verdict) || !verdict.FailedOver || !strings.Contains(verdict.Why, why) {
				t.Fatalf("got %#v, want a verdict with %q", err, why)
			}
			if how == "exits" && !strings.Contains(verdict.Why, "panic: no such table: orders") {
				t.Errorf("the last log line is missing in %q", verdict.Why)
			}
			w.answers("1.0.0")
			if after := w.live(); after.Detail != before.Detail || after.Since != before.Since {
				t.Errorf("the old version was touched: %+v, before %+v", after, before)
			}
		})
	}
}

func TestABadFirstVersionLeavesTheSlotEmpty(t *testing.T) {
	w := newWorld(t, config.Environment{})
	_, err := w.Deploy(t.Context(), w.rollout("1.0.0", w.image("", "1.0.0", "TEST_HOW=exits")), &strings.Builder{})
	var verdict *engine.Verdict
	if !errors.As(err, &verdict) || verdict.FailedOver {
		t.Fatalf("got %#v, want a verdict without failover", err)
	}
	if live := w.live(); live != nil {
		t.Errorf("live is %+v", live)
	}
}

func TestAnImageThatIsNotThereIsNoVerdict(t *testing.T) {
	w := newWorld(t, config.Environment{})
	_, err := w.Deploy(t.Context(), w.rollout("1.0.0", "sha256:0123456789012345678901234567890123456789012345678901234567890123"), &strings.Builder{})
	var verdict *engine.Verdict
	if err == nil || errors.As(err, &verdict) {
		t.Fatalf("got %v, want an error without a verdict", err)
	}
}

func TestAnEntrypointThatLeavesTheImageIsRefused(t *testing.T) {
	w := newWorld(t, config.Environment{})
	image := w.push("", withEntrypoint(t, "../../../../../../../../bin/true"))
	_, err := w.Deploy(t.Context(), w.rollout("1.0.0", image), &strings.Builder{})
	var verdict *engine.Verdict
	if !errors.As(err, &verdict) || !strings.Contains(verdict.Why, "entrypoint") {
		t.Fatalf("got %v, want a verdict on the entrypoint", err)
	}
}

func TestAnOlderDigestIsLiveAgainAfterARollback(t *testing.T) {
	w := newWorld(t, config.Environment{})
	first := w.deploy("1.0.0")
	w.deploy("1.1.0")
	live := w.roll(w.rollout("1.0.0", first))
	if live.Image != first || live.Version != "1.0.0" {
		t.Errorf("live is %+v", live)
	}
	w.answers("1.0.0")
}

func TestAPinnedPortIsKept(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	w := newWorld(t, config.Environment{Proxy: map[string]int{"orders": port}})
	if _, err := w.Endpoint(t.Context(), w.slot); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("port %d", port)) || !strings.Contains(err.Error(), "taken by another program") {
		t.Errorf("a taken port: %v", err)
	}
	l.Close()
	if at, err := w.Endpoint(t.Context(), w.slot); err != nil || at != fmt.Sprintf("http://127.0.0.1:%d", port) {
		t.Errorf("the pinned address is %s, %v", at, err)
	}
}

func TestAPinnedRegistryPortThatIsTakenIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	w := newWorld(t, config.Environment{Registry: config.Registry{Port: port}})
	if _, err := w.Repository(t.Context(), w.slot, ""); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("port %d, which the configuration pins for the registry of dev, is taken", port)) {
		t.Errorf("a taken port: %v", err)
	}
	l.Close()
	if at, err := w.Repository(t.Context(), w.slot, ""); err != nil || !strings.Contains(at.Name.String(), fmt.Sprintf(":%d/", port)) {
		t.Errorf("the repository is %s, %v", at.Name, err)
	}
}

func TestStopEmptiesTheSlotAndMayBeRepeated(t *testing.T) {
	w := newWorld(t, config.Environment{})
	w.deploy("1.0.0")
	for range 2 {
		if err := w.Stop(t.Context(), w.slot, &strings.Builder{}); err != nil {
			t.Fatal(err)
		}
		if live := w.live(); live != nil {
			t.Errorf("live is %+v", live)
		}
	}
	if status, _ := w.get("/version"); status != http.StatusServiceUnavailable {
		t.Errorf("an empty slot answers %d", status)
	}
}

func TestADeployThatIsGivenUpLeavesTheOldVersionLive(t *testing.T) {
	w := newWorld(t, config.Environment{})
	w.deploy("1.0.0")
	ctx, cancel := withCancelOn(t, "started")
	_, err := w.Deploy(ctx, w.rollout("1.1.0", w.image("", "1.1.0", "TEST_HOW=never healthy")), cancel)
	if !errors.Is(err, ctx.Err()) {
		t.Fatalf("got %v", err)
	}
	w.deploy("1.2.0") // waits for the slot's turn: the one before has ended by then
	w.answers("1.2.0")
}
