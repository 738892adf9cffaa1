package sandbox

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/environments/internal/proc"
)

func TestAMigrationChangesTheServicesDatabaseAndMayRunAgain(t *testing.T) {
	w := newWorld(t, config.Environment{})
	for range 2 {
		if log, err := w.migrate("TEST_SQL=CREATE TABLE IF NOT EXISTS orders (id INTEGER)"); err != nil || !strings.Contains(log, `"msg":"done"`) {
			t.Fatalf("%v\n%s", err, log)
		}
	}
	r := w.rollout("1.0.0", w.image("", "1.0.0"))
	r.Release.Migration = w.image("migration", "1.0.0")
	w.roll(r)
	if status, body := w.sql("INSERT INTO orders VALUES (1)"); status != http.StatusOK {
		t.Errorf("the service's own database answers %d %s", status, body)
	}
}

func (w *world) sql(statement string) (int, string) {
	return w.get("/sql?q=" + url.QueryEscape(statement))
}

func TestBadSQLIsAVerdictWithItsReason(t *testing.T) {
	w := newWorld(t, config.Environment{})
	_, err := w.migrate("TEST_SQL=CREATE TABEL orders (id INTEGER)")
	var verdict *engine.Verdict
	if !errors.As(err, &verdict) || verdict.FailedOver {
		t.Fatalf("got %v, want a verdict", err)
	}
	for _, want := range []string{"exit status 1", "migration 00002_more.sql", "TABEL", "syntax error"} {
		if !strings.Contains(verdict.Why, want) {
			t.Errorf("%q says nothing of %q", verdict.Why, want)
		}
	}
}

func TestAMigrationThatCannotStartIsNoVerdict(t *testing.T) {
	w := newWorld(t, config.Environment{})
	image := w.push("migration", withEntrypoint(t, "/not/there"))
	err := w.Migrate(t.Context(), engine.Migration{Slot: w.slot, Image: image}, &strings.Builder{})
	var verdict *engine.Verdict
	if err == nil || errors.As(err, &verdict) || !strings.Contains(err.Error(), "/not/there") {
		t.Fatalf("got %v, want an error without a verdict", err)
	}
}

func TestNothingOfAMigrationOutlivesItsDeadline(t *testing.T) {
	w := newWorld(t, config.Environment{})
	image := w.image("migration", "1.0.0", "TEST_HOW=blocks")
	ctx, log := withCancelOn(t, "child")
	err := w.Migrate(ctx, engine.Migration{Slot: w.slot, Image: image}, log)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	var child int
	for line := range strings.Lines(log.String()) {
		if pid, found := strings.CutSuffix(strings.TrimSpace(line), " child"); found {
			if child, err = strconv.Atoi(pid); err != nil {
				t.Fatal(err)
			}
		}
	}
	eventually(t, "the migration's child is gone", func() bool {
		i, err := proc.IdentityOf(child)
		return err != nil || !i.Alive()
	})
}

// postgres is an administrator's URL of a server to test on.
func postgres(t *testing.T) string {
	t.Helper()
	admin := os.Getenv("GANTRY_TEST_POSTGRES")
	if admin == "" && os.Getenv("GANTRY_CI") == "1" {
		t.Fatal("gantry needs a Postgres server: set GANTRY_TEST_POSTGRES to an administrator's URL")
	}
	if admin == "" {
		t.Skip("gantry needs a Postgres server: set GANTRY_TEST_POSTGRES to an administrator's URL")
	}
	return admin
}

func TestOnPostgresTheApplicationCannotChangeItsSchema(t *testing.T) {
	t.Setenv("TEST_ADMIN_URL", postgres(t))
	w := newWorld(t, config.Environment{Database: config.Database{Postgres: "env:TEST_ADMIN_URL"}})
	if log, err := w.migrate("TEST_SQL=CREATE TABLE orders (id INTEGER)"); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	w.deployWithDatabase("1.0.0")
	if status, body := w.sql("INSERT INTO orders VALUES (1)"); status != http.StatusOK {
		t.Errorf("the application cannot write: %s", body)
	}
	for _, refused := range []string{"CREATE TABLE more (id INTEGER)", "ALTER TABLE orders ADD name TEXT", "DROP TABLE orders", "TRUNCATE orders", "CREATE SCHEMA own"} {
		if status, body := w.sql(refused); status == http.StatusOK || !strings.Contains(body, "42501") {
			t.Errorf("%s: %d %s", refused, status, body)
		}
	}
	for name, value := range w.environ() {
		if strings.Contains(value, "_ddl") {
			t.Errorf("the application sees %s=%s", name, value)
		}
	}
}

func TestOnPostgresAnApplicationWithTooMuchPowerIsNotDeployed(t *testing.T) {
	t.Setenv("TEST_ADMIN_URL", postgres(t))
	w := newWorld(t, config.Environment{Database: config.Database{Postgres: "env:TEST_ADMIN_URL"}})
	w.deployWithDatabase("1.0.0")
	if log, err := w.migrate(`TEST_SQL=GRANT CREATE ON SCHEMA public TO APP_ROLE`); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	r := w.rollout("1.1.0", w.image("", "1.1.0"))
	r.Release.Migration = w.image("migration", "1.1.0")
	_, err := w.Deploy(t.Context(), r, &strings.Builder{})
	var verdict *engine.Verdict
	if !errors.As(err, &verdict) || !verdict.FailedOver || !strings.Contains(verdict.Why, "may create in schema public") {
		t.Fatalf("got %v, want a verdict", err)
	}
	w.answers("1.0.0")
}

func TestAnUnknownPostgresIsToldWhereItIsNeeded(t *testing.T) {
	w := newWorld(t, config.Environment{Database: config.Database{Postgres: "env:NOT_SET_ANYWHERE"}})
	w.deploy("1.0.0") // has no database
	_, err := w.migrate("TEST_SQL=SELECT 1")
	if err == nil || !strings.Contains(err.Error(), "NOT_SET_ANYWHERE") {
		t.Errorf("got %v", err)
	}
}

func (w *world) deployWithDatabase(version string) {
	w.t.Helper()
	r := w.rollout(version, w.image("", version))
	r.Release.Migration = w.image("migration", version)
	w.roll(r)
}
