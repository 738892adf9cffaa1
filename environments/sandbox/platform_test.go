package sandbox

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/host"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

func TestTheSandboxDoesWhatEveryPlatformDoes(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.World {
		w := newWorld(t, config.Environment{TeamIsolation: true})
		return platformtest.World{
			Slot:       w.slot,
			Open:       func(t *testing.T) engine.Environment { return open(t, w.state, config.Environment{Name: w.Name()}) },
			Publish:    w.publish,
			Kill:       func(*testing.T) { w.killHost() },
			Drift:      w.drift,
			Running:    w.running,
			Snapshot:   func(t *testing.T) string { return snapshot(t, w.state) },
			Migrations: w.migrations,
			Started:    "started",
			NotApplicable: map[string]string{
				"Break":  "there is no daemon: the host is started by whoever needs it, and its death is what Kill is for",
				"Expire": "its registry is its own, with passwords that do not expire",
			},
		}
	})
}

// publish makes an image of a behaviour: this test program in another role.
func (w *world) publish(t *testing.T, e engine.Environment, slot promotion.Slot, image platformtest.Image) promotion.Digest {
	t.Helper()
	variables := []string{"TEST_SQL=CREATE TABLE IF NOT EXISTS times (n INTEGER); INSERT INTO times VALUES (1)"}
	switch image.Behaviour {
	case platformtest.NeverHealthy:
		variables = append(variables, "TEST_HOW=never healthy")
	case platformtest.Crashing:
		variables = append(variables, "TEST_HOW=exits")
	}
	into := &world{t: t, state: w.state, slot: slot, Environment: e.(*Environment)}
	return into.image(image.What, image.Version, variables...)
}

// drift kills the service that is live, as somebody might: its host starts it again.
func (w *world) drift(t *testing.T, e engine.Environment) promotion.Digest {
	t.Helper()
	live, err := e.Live(t.Context(), w.slot)
	if err != nil || live == nil {
		t.Fatalf("live is %+v, %v", live, err)
	}
	pid, err := strconv.Atoi(strings.Fields(live.Detail)[1])
	if err != nil {
		t.Fatalf("no pid in %q", live.Detail)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	return live.Image
}

// running are the processes that the host has started and that have not ended.
func (w *world) running(t *testing.T) []string {
	t.Helper()
	state, err := host.Peek(environmentDir(w.state, w.Name()))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, key := range slices.Sorted(maps.Keys(state.Slots)) {
		for _, p := range state.Slots[key].Processes {
			if p.Alive() {
				all = append(all, fmt.Sprintf("%s: pid %d", key, p.PID))
			}
		}
	}
	return all
}

// snapshot is everything in the state directory.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	all := lies(t, dir)
	var text strings.Builder
	for _, path := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintln(&text, path, all[path])
	}
	return text.String()
}

// migrations counts what the good migration has left in the slot's database.
func (w *world) migrations(t *testing.T, _ engine.Environment) int {
	t.Helper()
	db, err := sql.Open("sqlite", host.SQLiteFile(environmentDir(w.state, w.Name()), w.slot))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM times").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
