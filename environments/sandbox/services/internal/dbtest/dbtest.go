// Package dbtest makes databases for tests: a fresh SQLite file anywhere, and a fresh Postgres database where there is
// a server.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/database"
	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/migrator"
)

// server names the variable that holds an administrator's URL of a Postgres server.
const server = "GANTRY_TEST_POSTGRES"

// SQLite is the URL of a database that does not exist yet.
func SQLite(t testing.TB) string {
	t.Helper()
	return (&url.URL{Scheme: "sqlite", Path: filepath.Join(t.TempDir(), "test.db")}).String()
}

// Postgres is the URL of a new, empty database that is dropped after the test. Without a server the test is skipped;
// where everything must run (GANTRY_CI=1) it fails.
func Postgres(t testing.TB) string {
	t.Helper()
	admin := os.Getenv(server)
	if admin == "" {
		if os.Getenv("GANTRY_CI") == "1" {
			t.Fatalf("gantry needs Postgres: set %s to an administrator's URL", server)
		}
		t.Skipf("gantry needs Postgres: set %s to an administrator's URL", server)
	}
	name := "sample_" + strings.ToLower(rand.Text()[:12])
	execute(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, admin, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatalf("%s is not a URL", server)
	}
	u.Path = "/" + name
	return u.String()
}

// Migrated opens the database of the address as the application does, with all the migrations applied.
func Migrated(t testing.TB, address string, files fs.FS) *sql.DB {
	t.Helper()
	owner, dialect, err := database.OpenOwner(address)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	if _, err := migrator.Up(context.Background(), owner, dialect, files); err != nil {
		t.Fatal(err)
	}
	db, err := database.Open(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Each runs a test on either kind of database.
func Each(t *testing.T, files fs.FS, test func(t *testing.T, db *sql.DB)) {
	t.Run("on SQLite", func(t *testing.T) { test(t, Migrated(t, SQLite(t), files)) })
	t.Run("on Postgres", func(t *testing.T) { test(t, Migrated(t, Postgres(t), files)) })
}

func execute(t testing.TB, address, statement string) {
	t.Helper()
	db, _, err := database.OpenOwner(address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
