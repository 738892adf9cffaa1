package sandbox

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/control"
	"github.com/gantry-cd/gantry/environments/internal/host"
	"github.com/gantry-cd/gantry/environments/internal/proxy"
)

// onEveryDatabase tests on files and, where there is one, on a server.
func onEveryDatabase(t *testing.T, test func(*testing.T, config.Environment)) {
	t.Run("SQLite", func(t *testing.T) { test(t, config.Environment{TeamIsolation: true}) })
	t.Run("Postgres", func(t *testing.T) {
		t.Setenv("TEST_ADMIN_URL", postgres(t))
		test(t, config.Environment{TeamIsolation: true, Database: config.Database{Postgres: "env:TEST_ADMIN_URL"}})
	})
}

// team is the world of a team that has 1.0.0 live with one order in its database.
func team(t *testing.T, e config.Environment) *world {
	t.Helper()
	w := newWorld(t, e)
	w.slot.Team = "checkout"
	w.mustMigrate("TEST_SQL=CREATE TABLE orders (id INTEGER PRIMARY KEY)")
	w.deployWithDatabase("1.0.0")
	w.accepts("INSERT INTO orders VALUES (1)")
	return w
}

// aside is the same environment as who puts something aside in it sees it.
func (w *world) aside(run promotion.RunID) *world {
	other := *w
	other.slot.Aside = run
	return &other
}

func (w *world) mustMigrate(variables ...string) {
	w.t.Helper()
	if log, err := w.migrate(variables...); err != nil {
		w.t.Fatalf("%v\n%s", err, log)
	}
}

func (w *world) accepts(statement string) {
	w.t.Helper()
	if status, body := w.sql(statement); status != http.StatusOK {
		w.t.Errorf("%s: %s: %s", w.slot, statement, body)
	}
}

func (w *world) rejects(statement string) {
	w.t.Helper()
	if status, _ := w.sql(statement); status == http.StatusOK {
		w.t.Errorf("%s: %s was accepted", w.slot, statement)
	}
}

func (w *world) remove() string {
	w.t.Helper()
	var log strings.Builder
	if err := w.Remove(w.t.Context(), w.slot, &log); err != nil {
		w.t.Fatal(err)
	}
	return log.String()
}

// busy keeps a connection to the team's database that is in the midst of writing order 99.
func (w *world) busy() {
	w.t.Helper()
	driver, source := "pgx", w.environ()["DATABASE_URL"]
	if path, isFile := strings.CutPrefix(source, "sqlite://"); isFile {
		driver, source = "sqlite", "file:"+path+"?_pragma=journal_mode(WAL)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = db.Close() })
	tx, err := db.Begin()
	if err == nil {
		_, err = tx.Exec("INSERT INTO orders VALUES (99)")
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = tx.Rollback() })
}

func TestWhatIsPutAsideHasACopyOfTheDatabaseAndAnAddressOfItsOwn(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, e config.Environment) {
		w := team(t, e)
		w.busy()
		aside := w.aside(7)
		aside.mustMigrate("TEST_SQL=ALTER TABLE orders ADD COLUMN note TEXT")
		aside.deployWithDatabase("1.1.0")
		aside.answers("1.1.0")
		w.answers("1.0.0")
		aside.rejects("INSERT INTO orders (id, note) VALUES (1, 'it is a copy')")
		aside.accepts("INSERT INTO orders (id, note) VALUES (99, 'nobody had committed it')")
		w.rejects("INSERT INTO orders (id, note) VALUES (3, 'its schema is another')")
		aside.mustMigrate("TEST_SQL=DELETE FROM orders") // and it is copied once
		aside.accepts("INSERT INTO orders VALUES (1, '')")
		if e.Database.Postgres != "" {
			aside.rejects("DROP TABLE orders")
			if a, b := aside.environ()["DATABASE_URL"], w.environ()["DATABASE_URL"]; strings.Split(a, "@")[0] == strings.Split(b, "@")[0] {
				t.Errorf("the application's role aside is the team's: %s", a)
			}
		}
	})
}

func TestNothingIsLeftOfWhatWasRemoved(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, e config.Environment) {
		w := team(t, e)
		before := w.environ()["DATABASE_URL"]
		aside := w.aside(7)
		aside.mustMigrate("TEST_SQL=SELECT 1")
		aside.deployWithDatabase("1.1.0")
		reached := aside.environ()["DATABASE_URL"]
		at, err := aside.Endpoint(t.Context(), aside.slot)
		if err != nil {
			t.Fatal(err)
		}
		if said := aside.remove(); !strings.Contains(said, "is gone with its database") || !strings.Contains(said, at) {
			t.Errorf("it said %q", said)
		}
		if status, body := get(t, at+"/version"); status != 0 {
			t.Errorf("%s still answers %d %s", at, status, body)
		}
		dir := environmentDir(w.state, "dev")
		if left, _ := filepath.Glob(filepath.Join(dir, "*", "aside.*")); len(left) > 0 {
			t.Errorf("left is %v", left)
		}
		if err := execute(reached, "INSERT INTO orders VALUES (5)"); err == nil {
			t.Error("its database is still there")
		}
		if live := aside.live(); live != nil {
			t.Errorf("live is %+v", live)
		}
		if _, err := aside.Endpoint(t.Context(), aside.slot); err == nil || !strings.Contains(err.Error(), "nothing is left of") {
			t.Errorf("asked for its address: %v", err)
		}
		state, err := host.Peek(dir)
		if err != nil || len(state.Slots) != 1 {
			t.Errorf("the host remembers %d slots, %v", len(state.Slots), err)
		}
		if secrets, _, err := control.ReadSecrets(dir); err != nil || len(secrets.Databases) != 1 {
			t.Errorf("the passwords of %d databases are kept, %v", len(secrets.Databases), err)
		}
		if said := aside.remove(); said != "" {
			t.Errorf("removed again it said %q", said)
		}
		w.answers("1.0.0")
		if now := w.environ()["DATABASE_URL"]; now != before {
			t.Errorf("the team's database was %s and is %s", before, now)
		}
		w.accepts("INSERT INTO orders VALUES (2)")
	})
}

func TestWhatIsAsideIsAdoptedAndGoesDownWithTheOthers(t *testing.T) {
	w := team(t, config.Environment{TeamIsolation: true})
	aside := w.aside(7)
	aside.deployWithDatabase("1.1.0")
	w.killHost()
	aside.answers("1.1.0")
	stopped, err := Down(t.Context(), w.state, nil)
	if err != nil || !strings.Contains(strings.Join(stopped, "\n"), "dev/orders (aside, run 7): 1.1.0") {
		t.Errorf("stopped %q, %v", stopped, err)
	}
	if said := aside.remove(); !strings.Contains(said, "stopped 1.1.0") {
		t.Errorf("removed after a restart it said %q", said)
	}
}

func TestACopyThatWasLeftHalfDoneIsMadeAnew(t *testing.T) {
	w := team(t, config.Environment{TeamIsolation: true})
	aside := w.aside(7)
	aside.mustMigrate("TEST_SQL=DELETE FROM orders")
	w.killHost()
	file := filepath.Join(environmentDir(w.state, "dev"), host.StateName)
	var state host.State
	if err := control.ReadFile(file, &state); err != nil {
		t.Fatal(err)
	}
	for _, s := range state.Slots {
		s.Copied = false
	}
	if err := control.WriteFile(file, state); err != nil {
		t.Fatal(err)
	}
	aside.deployWithDatabase("1.1.0")
	aside.rejects("INSERT INTO orders VALUES (1)")
}

func TestWithoutADatabaseThereIsNothingToCopy(t *testing.T) {
	port, err := proxy.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, config.Environment{Proxy: map[string]int{"orders": port}})
	w.deploy("1.0.0")
	aside := w.aside(7)
	aside.deploy("1.1.0") // and the port that is pinned is the service's
	aside.answers("1.1.0")
	w.answers("1.0.0")
	if at := aside.environ()["DATABASE_URL"]; at != "" {
		t.Errorf("it sees a database: %s", at)
	}
	aside.remove()
}

func TestASlotThatCountsIsNotRemoved(t *testing.T) {
	w := newWorld(t, config.Environment{})
	w.deploy("1.0.0")
	if err := w.Remove(t.Context(), w.slot, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "nothing was put aside") {
		t.Errorf("got %v", err)
	}
	w.answers("1.0.0")
}

func TestWithoutPostgresProgramsItIsSaidWhatIsMissing(t *testing.T) {
	t.Setenv("TEST_ADMIN_URL", postgres(t))
	t.Setenv("PATH", t.TempDir())
	w := newWorld(t, config.Environment{TeamIsolation: true, Database: config.Database{Postgres: "env:TEST_ADMIN_URL"}})
	w.slot.Team = "checkout"
	w.mustMigrate("TEST_SQL=CREATE TABLE orders (id INTEGER PRIMARY KEY)")
	_, err := w.aside(7).migrate("TEST_SQL=SELECT 1")
	if err == nil || !strings.Contains(err.Error(), "install PostgreSQL's client programs") {
		t.Errorf("got %v", err)
	}
	w.aside(7).remove()
}
