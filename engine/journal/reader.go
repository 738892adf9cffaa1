package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Reader reads a journal, also while another process writes it. Its methods may be called from any goroutine.
type Reader struct {
	path string
	db   *sql.DB
}

// OpenReader opens the journal of a state directory for reading. A directory without one is an fs.ErrNotExist error; a
// journal that this Gantry is too old for is a *Newer one.
func OpenReader(dir string) (*Reader, error) {
	path := filepath.Join(dir, File)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no journal in %s, no run was ever started with it: %w", dir, err)
	}
	db, err := connect(path, "mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(true)")
	if err != nil {
		return nil, explain("open", path, err)
	}
	empty, err := recognise(db, path)
	if empty {
		err = fmt.Errorf("%s is empty, no run was ever started with it: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Reader{path: path, db: db}, nil
}

// Close lets go of the file.
func (r *Reader) Close() error { return r.db.Close() }

// All hands every event to fn, oldest first, until fn returns an error, which All then returns.
func (r *Reader) All(ctx context.Context, fn func(promotion.Event) error) error {
	return r.stream(ctx, fn, `SELECT event FROM events ORDER BY seq`)
}

// Events are one run's events, oldest first; none for a run that does not exist.
func (r *Reader) Events(ctx context.Context, run promotion.RunID) ([]promotion.Event, error) {
	var events []promotion.Event
	collect := func(e promotion.Event) error { events = append(events, e); return nil }
	err := r.stream(ctx, collect, `SELECT event FROM events WHERE run = ? ORDER BY seq`, run)
	return events, err
}

// After are at most n events after a sequence number, oldest first: how a reader in another process follows.
func (r *Reader) After(ctx context.Context, seq int64, n int) ([]promotion.Event, error) {
	var events []promotion.Event
	collect := func(e promotion.Event) error { events = append(events, e); return nil }
	err := r.stream(ctx, collect, `SELECT event FROM events WHERE seq > ? ORDER BY seq LIMIT ?`, seq, n)
	return events, err
}

func (r *Reader) stream(ctx context.Context, fn func(promotion.Event) error, query string, args ...any) error {
	rows, err := r.db.QueryContext(ctx, query, args...)
	if err != nil {
		return explain("read", r.path, err)
	}
	defer rows.Close()
	var text sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&text); err != nil {
			return explain("read", r.path, err)
		}
		e, err := r.event(text)
		if err != nil {
			return err
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return explain("read", r.path, rows.Err())
}

// event understands one event, or says which Gantry does.
func (r *Reader) event(text []byte) (promotion.Event, error) {
	e, err := decode(text)
	if err != nil {
		return e, fmt.Errorf("read %s: the event %.60q cannot be understood: %w: check the journal with `gantry audit --verify`", r.path, text, err)
	}
	if err := promotion.Check(e); err != nil {
		return e, &Newer{Path: r.path, Needs: about(r.db, "written by"), Err: err}
	}
	return e, nil
}

// AppliedCommand tells whether a command's events are in the journal.
func (r *Reader) AppliedCommand(ctx context.Context, id string) (bool, error) {
	var applied bool
	err := r.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM commands WHERE id = ?)`, id).Scan(&applied)
	return applied, explain("read", r.path, err)
}

// Filter chooses runs; the zero Filter chooses all.
type Filter struct {
	Service    string
	Kind       promotion.RunKind
	Unfinished bool
	Before     promotion.RunID // only older ones: the next page
	Limit      int             // 0: no limit
}

// Runs are the summaries of the chosen runs, newest first.
func (r *Reader) Runs(ctx context.Context, f Filter) ([]Summary, error) {
	query, args := f.query()
	rows, err := r.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, explain("read", r.path, err)
	}
	defer rows.Close()
	var runs []Summary
	var text sql.RawBytes
	for rows.Next() {
		var s Summary
		if err := rows.Scan(&text); err != nil {
			return nil, explain("read", r.path, err)
		}
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, fmt.Errorf("read the list of runs of %s: %w", r.path, err)
		}
		runs = append(runs, s)
	}
	return runs, explain("read", r.path, rows.Err())
}

func (f Filter) query() (string, []any) {
	query, args := `SELECT summary FROM runs WHERE 1`, []any{}
	if f.Service != "" {
		query, args = query+` AND service = ?`, append(args, f.Service)
	}
	if f.Kind != "" {
		query, args = query+` AND kind = ?`, append(args, f.Kind)
	}
	if f.Unfinished {
		query += ` AND finished = 0`
	}
	if f.Before > 0 {
		query, args = query+` AND run < ?`, append(args, f.Before)
	}
	query += ` ORDER BY run DESC`
	if f.Limit > 0 {
		query, args = query+` LIMIT ?`, append(args, f.Limit)
	}
	return query, args
}

// Unfinished are the runs that go on, newest first.
func (r *Reader) Unfinished(ctx context.Context) ([]Summary, error) {
	return r.Runs(ctx, Filter{Unfinished: true})
}

// Latest are the newest n runs of a service, newest first; of every service for "".
func (r *Reader) Latest(ctx context.Context, service string, n int) ([]Summary, error) {
	return r.Runs(ctx, Filter{Service: service, Limit: n})
}
