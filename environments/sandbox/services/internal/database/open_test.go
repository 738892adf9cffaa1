package database

import (
	"context"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

func address(path string) string { return (&url.URL{Scheme: "sqlite", Path: path}).String() }

func TestTheApplicationNeverCreatesItsDatabase(t *testing.T) {
	db, err := Open(address(filepath.Join(t.TempDir(), "none.db")))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.PingContext(context.Background()); err == nil {
		t.Fatal("a missing database was opened")
	}
}

func TestAPathWithSpacesAndSignsIsOneFile(t *testing.T) {
	at := address(filepath.Join(t.TempDir(), "a file? 100% #1.db"))
	owner, dialect, err := OpenOwner(at)
	if err != nil || dialect != SQLite {
		t.Fatal(dialect, err)
	}
	defer owner.Close()
	if _, err := owner.ExecContext(context.Background(), "CREATE TABLE t (n INTEGER)"); err != nil {
		t.Fatal(err)
	}
	app, err := Open(at)
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	if _, err := app.ExecContext(context.Background(), "INSERT INTO t (n) VALUES ($1)", 1); err != nil {
		t.Fatal(err)
	}
}

func TestAnAddressThatCannotBeUsedIsRefusedWithoutItsPassword(t *testing.T) {
	for _, bad := range []string{"", "mysql://u:secret@h/d", "sqlite://relative/secret.db", "postgres://u:secret@%zz/"} {
		_, err := Open(bad)
		if err == nil {
			t.Errorf("%q was accepted", bad)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error repeats the password: %v", err)
		}
	}
}
