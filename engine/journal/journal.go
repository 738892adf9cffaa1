// Package journal keeps every event of every run, for ever, in one SQLite file of the state directory. The journal is
// the truth: whatever else Gantry knows about runs is a fold of it.
//
// One Journal writes (see Lock for who may); any number of Readers, in this and in other processes, read meanwhile.
package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// File is the journal's name in the state directory.
const File = "journal.db"

// Journal appends to the file, and reads it as a Reader does.
type Journal struct {
	*Reader
	write *sql.DB // one connection: appends happen one after the other
	now   func() time.Time
}

// Open opens the journal of a state directory for its one writer, and makes both when they are missing. now dates the
// events that carry no time of their own.
func Open(dir string, now func() time.Time) (*Journal, error) {
	path := filepath.Join(dir, File)
	if err := create(dir, path); err != nil {
		return nil, err
	}
	write, err := connect(path, "_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		return nil, explain("open", path, err)
	}
	write.SetMaxOpenConns(1)
	if err := prepare(write, path); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	reader := &Reader{path: path}
	if err := reader.open(nil); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	return &Journal{Reader: reader, write: write, now: now}, nil
}

// create makes the directory and an empty file that only their owner can read: plans hold configurations.
func create(dir, path string) error {
	if err := Make(dir); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the journal: %w: choose a state directory that can be written with --state", err)
	}
	return file.Close()
}

// connect opens a pool of connections with the parameters that the driver documents.
func connect(path, parameters string) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	name := url.URL{Scheme: "file", Path: absolute, RawQuery: parameters}
	return sql.Open("sqlite", name.String())
}

// Close lets go of the file.
func (j *Journal) Close() error {
	return errors.Join(j.Reader.Close(), j.write.Close())
}

// NextRun hands out the number of a new run. No number is handed out twice, whether it is used or not.
func (j *Journal) NextRun(ctx context.Context) (promotion.RunID, error) {
	var id promotion.RunID
	err := j.write.QueryRowContext(ctx, `UPDATE head SET run = run + 1 RETURNING run`).Scan(&id)
	if err != nil {
		return 0, explain("number a run in", j.path, err)
	}
	return id, nil
}
