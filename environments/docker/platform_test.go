package docker

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/moby/client"
	_ "modernc.org/sqlite"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/host"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

func TestDockerDoesWhatEveryPlatformDoes(t *testing.T) {
	daemonAddress(t)
	platformtest.Run(t, func(t *testing.T) platformtest.World {
		w := newWorld(t, config.Environment{TeamIsolation: true})
		return platformtest.World{
			Slot:       w.slot,
			Open:       func(t *testing.T) engine.Environment { return w.open(t) },
			Publish:    w.publish,
			Break:      func(*testing.T) { w.line.cut() },
			Mend:       w.line.mend,
			Expire:     func(*testing.T) { w.line.expire() },
			Renew:      func(*testing.T) { w.line.renew() },
			Kill:       w.killHost,
			Drift:      w.drift,
			Running:    w.running,
			Snapshot:   w.snapshot,
			Migrations: w.migrations,
			Started:    "started",
		}
	})
}

// drift removes the container that is live, as somebody might: its host starts another.
func (w *world) drift(t *testing.T, e engine.Environment) promotion.Digest {
	t.Helper()
	live, err := e.Live(t.Context(), w.slot)
	if err != nil || live == nil {
		t.Fatalf("live is %+v, %v", live, err)
	}
	id := strings.Fields(live.Detail)[1]
	if _, err := w.daemon.ContainerRemove(t.Context(), id, client.ContainerRemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another container runs", func() bool {
		live, err := e.Live(t.Context(), w.slot)
		return err == nil && live != nil && live.Healthy && !strings.Contains(live.Detail, id)
	})
	return live.Image
}

// snapshot is everything in the state directory, and everything of ours on the daemon.
func (w *world) snapshot(t *testing.T) string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(w.state, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			all[path] = fmt.Sprint(info.Mode(), info.ModTime(), info.Size())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	networks, err := w.daemon.NetworkList(t.Context(), client.NetworkListOptions{Filters: w.ours()})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, path := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintln(&text, path, all[path])
	}
	fmt.Fprintln(&text, w.running(t), len(networks.Items))
	return text.String()
}

// migrations counts what the good migration has left in the slot's database.
func (w *world) migrations(t *testing.T, _ engine.Environment) int {
	t.Helper()
	db, err := sql.Open("sqlite", host.SQLiteFile(filepath.Join(w.state, "environments", "dev"), w.slot))
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
