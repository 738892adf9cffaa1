package migrator_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/database"
	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/migrator"
)

// stuck names the variable with the migration that makes this test program a migration image which does not end.
const stuck = "TEST_STUCK_MIGRATION"

func TestMain(m *testing.M) {
	if sql := os.Getenv(stuck); sql != "" {
		migrator.Main(files(good, "-- +goose Up\nCREATE TABLE half (id INTEGER);\n"+sql+"\n"))
	}
	os.Exit(m.Run())
}

// endless is a statement that outlasts every test.
var endless = map[database.Dialect]string{
	database.SQLite:   "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c) INSERT INTO half SELECT count(*) FROM c;",
	database.Postgres: "SELECT pg_sleep(3600);",
}

// killed starts a migration and kills it like a power cut, in the middle of a statement and with the lock in its hands.
func killed(t *testing.T, address string) {
	t.Helper()
	db, dialect, err := database.OpenOwner(address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+address, stuck+"="+endless[dialect])
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	working := map[database.Dialect]string{
		// The second migration is under way once the first one is in the books; SQLite's lock goes with the transaction.
		database.SQLite:   "SELECT count(*) FROM goose_db_version WHERE version_id = 1",
		database.Postgres: "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted AND a.query LIKE '%pg_sleep%' AND a.datname = current_database()",
	}[dialect]
	eventually(t, "the migration is under way", func() bool {
		var n int
		return db.QueryRowContext(context.Background(), working).Scan(&n) == nil && n > 0
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatalf("%s: not within half a minute", what)
		case <-tick.C:
		}
	}
}

func TestScenarioMigrateKilledWhileItHoldsTheLock(t *testing.T) {
	onEach(t, func(t *testing.T, address string) {
		killed(t, address)
		code, lines := migrate(t, files(good, also), map[string]string{"DATABASE_URL": address})
		if last := lines[len(lines)-1]; code != 0 || last.Version != 2 || last.Applied != 1 {
			t.Errorf("the next attempt exits %d: %+v", code, lines)
		}
		db, _, err := database.OpenOwner(address)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(context.Background(), "SELECT * FROM half"); err == nil {
			t.Error("half of the killed migration is there")
		}
	})
}

func TestScenarioMigrationHistoryConflicts(t *testing.T) {
	three := "-- +goose Up\nCREATE TABLE more (id INTEGER);\n"
	without := func(all fstest.MapFS, name string) fstest.MapFS { delete(all, name); return all }
	for situation, c := range map[string]struct {
		before, after fstest.MapFS
		file, words   string
	}{
		"an applied migration was edited": {files(good, also), files(good+"-- in passing\n", also, three), "00001_step.sql", "was edited after it was applied"},
		"an older number arrives late":    {without(files(good, also, three), "00002_step.sql"), files(good, also, three), "00002_step.sql", "comes late: version 3 was applied before it"},
	} {
		t.Run(situation, func(t *testing.T) {
			onEach(t, func(t *testing.T, address string) {
				env := map[string]string{"DATABASE_URL": address}
				if code, lines := migrate(t, c.before, env); code != 0 {
					t.Fatalf("exits %d: %+v", code, lines)
				}
				code, lines := migrate(t, c.after, env)
				if said := lines[len(lines)-1].Msg; code != 1 || len(lines) != 1 || !strings.HasPrefix(said, c.file) || !strings.Contains(said, c.words) {
					t.Errorf("exits %d: %+v", code, lines)
				}
				if code, lines := migrate(t, c.before, env); code != 0 || lines[len(lines)-1].Applied != 0 {
					t.Errorf("put back as it was, it exits %d: %+v", code, lines)
				}
			})
		})
	}
}

// A database that was migrated before Gantry's samples kept what migrations say is taken as it is.
func TestIntegrationAHistoryWithoutContentsIsTakenOver(t *testing.T) {
	onEach(t, func(t *testing.T, address string) {
		env := map[string]string{"DATABASE_URL": address}
		if code, lines := migrate(t, files(good, also), env); code != 0 {
			t.Fatalf("exits %d: %+v", code, lines)
		}
		db, _, err := database.OpenOwner(address)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(context.Background(), "DROP TABLE migration_contents"); err != nil {
			t.Fatal(err)
		}
		if code, lines := migrate(t, files(good, also), env); code != 0 {
			t.Errorf("exits %d: %+v", code, lines)
		}
		if code, _ := migrate(t, files(good, good), env); code != 1 {
			t.Error("an edited migration is not noticed afterwards")
		}
	})
}
