package journal

import (
	"database/sql"
	"fmt"
	"runtime/debug"
	"strings"
)

// application marks the file as a journal of Gantry's ("GNTR"); schema is the version of the tables below, which Gantry
// reads from version readableSince on.
const (
	application   = 0x474E5452
	schema        = 2
	readableSince = "0.1.0"
)

// indexes find runs by what they were built from and by what they carry (since schema 2).
const indexes = `
CREATE INDEX runs_of_source ON runs (service, json_extract(summary, '$.commit'), json_extract(summary, '$.dirty'), run);
CREATE INDEX runs_of_image ON runs (json_extract(summary, '$.image'), run);`

// tables: events is the truth; runs and commands are kept beside it in the same transactions, so that nobody has to fold
// everything to list runs or to know a command again. head holds the end of the chain and the last run's number.
const tables = `
CREATE TABLE events (
	seq   INTEGER PRIMARY KEY,
	run   INTEGER NOT NULL,
	event TEXT    NOT NULL,
	hash  BLOB    NOT NULL
) STRICT;
CREATE INDEX events_of_run ON events (run, seq);
CREATE TABLE commands (
	id  TEXT    PRIMARY KEY,
	seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
	run      INTEGER PRIMARY KEY,
	service  TEXT    NOT NULL,
	kind     TEXT    NOT NULL,
	finished INTEGER NOT NULL,
	summary  TEXT    NOT NULL
) STRICT;
CREATE INDEX runs_of_service ON runs (service, run);
CREATE INDEX runs_unfinished ON runs (run) WHERE finished = 0;
` + indexes + `
CREATE TABLE head (
	seq  INTEGER NOT NULL,
	hash BLOB    NOT NULL,
	run  INTEGER NOT NULL
) STRICT;
INSERT INTO head VALUES (0, x'', 0);
CREATE TABLE about (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT;`

// signature says who writes the journal. It changes nothing when that is said already: a full disk does not keep anybody
// from opening the journal.
const signature = `
INSERT INTO about VALUES ('readable since', ?), ('written by', ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value`

// prepare makes the tables of a new journal, and refuses a file that this Gantry cannot write.
func prepare(db *sql.DB, path string) error {
	tx, err := db.Begin()
	if err != nil {
		return explain("open", path, err)
	}
	defer func() { _ = tx.Rollback() }() // a no-op after Commit
	empty, err := recognise(tx, path)
	if err != nil {
		return err
	}
	if empty {
		create := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d; %s", application, schema, tables)
		if _, err := tx.Exec(create); err != nil {
			return explain("make the tables of", path, err)
		}
	} else if err := upgrade(tx, path); err != nil {
		return err
	}
	if _, err := tx.Exec(signature, readableSince, program()); err != nil {
		return explain("open", path, err)
	}
	return explain("open", path, tx.Commit())
}

// querier is a database or a transaction.
type querier interface {
	QueryRow(query string, args ...any) *sql.Row
}

// recognise tells an empty file from a journal, and refuses everything else.
func recognise(db querier, path string) (empty bool, err error) {
	var id, version, objects int
	row := db.QueryRow(`SELECT (SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`)
	if err := row.Scan(&id, &version, &objects); err != nil {
		return false, explain("open", path, err)
	}
	switch {
	case id == 0 && version == 0 && objects == 0:
		return true, nil
	case id != application:
		return false, fmt.Errorf("%s is a database of another program: choose another state directory with --state", path)
	case version > schema:
		return false, &Newer{Path: path, Schema: version, Needs: about(db, "readable since")}
	}
	return false, nil
}

// about is what the journal says about itself; "" when it does not.
func about(db querier, name string) string {
	var value string
	if err := db.QueryRow(`SELECT value FROM about WHERE name = ?`, name).Scan(&value); err != nil {
		return ""
	}
	return value
}

// Newer means that a newer Gantry has written the journal in a way that this one cannot read.
type Newer struct {
	Path   string
	Schema int    // 0: the schema is known, an event is not
	Needs  string // the oldest Gantry that reads the schema, or the one that wrote the event; "" unknown
	Err    error  // what is not understood about the event
}

func (e *Newer) Error() string {
	needs := "a newer Gantry"
	if e.Needs != "" {
		needs = "Gantry " + e.Needs
	}
	if e.Schema == 0 {
		return fmt.Sprintf("read %s: %v; it was last written by %s", e.Path, e.Err, needs)
	}
	return fmt.Sprintf("%s has schema %d and needs %s at least, this one reads up to schema %d: install it, or choose another state directory with --state",
		e.Path, e.Schema, needs, schema)
}

func (e *Newer) Unwrap() error { return e.Err }

// program is this Gantry's version.
func program() string {
	if info, found := debug.ReadBuildInfo(); found && info.Main.Version != "" {
		return strings.Trim(info.Main.Version, "()")
	}
	return "devel"
}
