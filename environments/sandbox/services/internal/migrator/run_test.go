package migrator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/dbtest"
	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/migrator"
)

// line is one line of what a migration image writes.
type line struct {
	Level, Msg, File, SQL, Cause string
	Version                      int64
	Applied, Line                int
}

func migrate(t *testing.T, files fs.FS, variables map[string]string) (code int, lines []line) {
	t.Helper()
	var out bytes.Buffer
	code = migrator.Run(context.Background(), files, func(name string) string { return variables[name] }, &out)
	for text := range strings.Lines(out.String()) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("not a JSON line: %s", text)
		}
		lines = append(lines, l)
	}
	return code, lines
}

func files(contents ...string) fstest.MapFS {
	all := fstest.MapFS{}
	for i, c := range contents {
		all["0000"+string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte(c)}
	}
	return all
}

const (
	good = "-- +goose Up\nCREATE TABLE things (id INTEGER);\n"
	also = "-- +goose Up\nINSERT INTO things (id) VALUES (1);\n"
	bad  = "-- +goose Up\n-- why\nINSERT INTO things (id) VALUES (2);\n\n-- a comment\nINSERT INTO\n    nothings (id) VALUES (3);\n"
)

func onEach(t *testing.T, test func(t *testing.T, address string)) {
	t.Run("on SQLite", func(t *testing.T) { test(t, dbtest.SQLite(t)) })
	t.Run("on Postgres", func(t *testing.T) { test(t, dbtest.Postgres(t)) })
}

func TestIntegrationTheSecondRunHasNothingToDoAndSaysSo(t *testing.T) {
	onEach(t, func(t *testing.T, address string) {
		env := map[string]string{"DATABASE_URL": address}
		code, lines := migrate(t, files(good, also), env)
		if last := lines[len(lines)-1]; code != 0 || last.Applied != 2 || last.Version != 2 || last.Level != "info" {
			t.Fatalf("the first run exits %d: %+v", code, lines)
		}
		code, lines = migrate(t, files(good, also), env)
		if last := lines[len(lines)-1]; code != 0 || len(lines) != 1 || last.Applied != 0 || last.Version != 2 || !strings.Contains(last.Msg, "nothing to apply") {
			t.Fatalf("the second run exits %d: %+v", code, lines)
		}
	})
}

func TestIntegrationARefusedMigrationIsNamedByFileLineAndStatement(t *testing.T) {
	onEach(t, func(t *testing.T, address string) {
		env := map[string]string{"DATABASE_URL": address}
		code, lines := migrate(t, files(good, bad), env)
		last := lines[len(lines)-1]
		if code != 1 || last.Level != "error" || last.File != "00002_step.sql" {
			t.Fatalf("exits %d: %+v", code, lines)
		}
		if last.Line != 6 && last.Line != 7 { // Postgres knows the very line
			t.Errorf("the line is %d", last.Line)
		}
		if !strings.HasPrefix(last.SQL, "INSERT INTO\n") || !strings.Contains(last.Cause, "nothings") {
			t.Errorf("the statement is %q, the cause %q", last.SQL, last.Cause)
		}
		// What was refused left nothing behind: mended, it goes through.
		if code, lines = migrate(t, files(good, also), env); code != 0 || lines[len(lines)-1].Version != 2 {
			t.Errorf("the mended migration exits %d: %+v", code, lines)
		}
	})
}

func TestWithoutADatabaseItSaysWhatToGive(t *testing.T) {
	code, lines := migrate(t, files(good), nil)
	if code != 1 || !strings.Contains(lines[0].Msg, "DATABASE_URL") {
		t.Fatalf("exits %d: %+v", code, lines)
	}
}
