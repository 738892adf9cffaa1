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
	"strconv"
	"sync"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Reader reads a journal, also while another process writes it. Its methods may be called from any goroutine.
type Reader struct {
	path string
	mu   sync.Mutex
	db   *sql.DB
	// still is the file as it was opened while nobody wrote it; nil: it is shared with a writer.
	still fs.FileInfo
}

// OpenReader opens the journal of a state directory for reading. A directory without one is an fs.ErrNotExist error; a
// journal that this Gantry is too old for is a *Newer one.
func OpenReader(dir string) (*Reader, error) {
	r := &Reader{path: filepath.Join(dir, File)}
	still, err := r.quiet()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no journal in %s, no run was ever started with it: %w", dir, err)
	}
	return r, r.open(still)
}

// Who shares the file with a writer makes two files beside it, or changes them. Where there is no writer nothing needs to
// be shared, and a reader leaves no trace.
const (
	shared = "mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(true)"
	alone  = "mode=ro&immutable=1&_pragma=query_only(true)"
)

// quiet is the journal's file when nobody has written it since it was last closed; nil when somebody may have.
func (r *Reader) quiet() (fs.FileInfo, error) {
	info, err := os.Stat(r.path)
	if err != nil {
		return nil, err
	}
	if log, err := os.Stat(r.path + "-wal"); err == nil && log.Size() > 0 {
		return nil, nil
	}
	return info, nil
}

// open opens the file: as it is for good when it is still, else shared with its writer.
func (r *Reader) open(still fs.FileInfo) error {
	parameters := shared
	if still != nil {
		parameters = alone
	}
	db, err := connect(r.path, parameters)
	if err != nil {
		return explain("open", r.path, err)
	}
	empty, err := recognise(db, r.path)
	if empty {
		err = fmt.Errorf("%s is empty, no run was ever started with it: %w", r.path, fs.ErrNotExist)
	}
	if err != nil {
		return errors.Join(err, db.Close())
	}
	r.db, r.still = db, still
	return nil
}

// now is the file to read: once somebody has begun to write it, it is shared.
func (r *Reader) now() (*sql.DB, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.still == nil {
		return r.db, nil
	}
	present, err := r.quiet()
	if err != nil {
		return nil, explain("read", r.path, err)
	}
	if present != nil && present.Size() == r.still.Size() && present.ModTime().Equal(r.still.ModTime()) {
		return r.db, nil
	}
	before := r.db
	if err := r.open(nil); err != nil {
		return nil, err
	}
	return r.db, before.Close() // the questions under way are answered first
}

// Close lets go of the file.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.db.Close()
}

// All hands every event to fn, oldest first, until fn returns an error, which All then returns.
func (r *Reader) All(ctx context.Context, fn func(promotion.Event) error) error {
	return r.stream(ctx, fn, `ORDER BY seq`)
}

// Events are one run's events, oldest first; none for a run that does not exist.
func (r *Reader) Events(ctx context.Context, run promotion.RunID) ([]promotion.Event, error) {
	var events []promotion.Event
	collect := func(e promotion.Event) error { events = append(events, e); return nil }
	err := r.stream(ctx, collect, `WHERE run = ? ORDER BY seq`, run)
	return events, err
}

// Since hands every event after a sequence number to fn, as All does. One that is damaged ends it with a *Damaged error;
// whoever can do without goes on after that one.
func (r *Reader) Since(ctx context.Context, seq int64, fn func(promotion.Event) error) error {
	last := seq
	err := r.stream(ctx, func(e promotion.Event) error {
		last = e.Seq
		return fn(e)
	}, `WHERE seq > ? ORDER BY seq`, seq)
	if !corrupt(err) {
		return err
	}
	end, failed := r.end(ctx)
	if failed != nil || last >= end {
		return failed
	}
	return r.damaged(last+1, r.owner(ctx, last+1), unreadable)
}

// Until are one run's events up to a sequence number, oldest first.
func (r *Reader) Until(ctx context.Context, run promotion.RunID, seq int64) ([]promotion.Event, error) {
	var events []promotion.Event
	collect := func(e promotion.Event) error { events = append(events, e); return nil }
	err := r.stream(ctx, collect, `WHERE run = ? AND seq <= ? ORDER BY seq`, run, seq)
	return events, err
}

// After are at most n events after a sequence number, oldest first: how a reader in another process follows.
func (r *Reader) After(ctx context.Context, seq int64, n int) ([]promotion.Event, error) {
	var events []promotion.Event
	collect := func(e promotion.Event) error { events = append(events, e); return nil }
	err := r.stream(ctx, collect, `WHERE seq > ? ORDER BY seq LIMIT ?`, seq, n)
	return events, err
}

// stream hands the events of a question to fn. One that is damaged ends it, with a *Damaged error.
func (r *Reader) stream(ctx context.Context, fn func(promotion.Event) error, where string, args ...any) error {
	return r.rows(ctx, where, args, func(at row) error {
		if at.sound != nil {
			return at.sound
		}
		if err := promotion.Check(at.event); err != nil {
			db, failed := r.now()
			if failed != nil {
				return failed
			}
			return &Newer{Path: r.path, Needs: about(db, "written by"), Err: err}
		}
		return fn(at.event)
	})
}

// rows hands the rows of a question to fn, each with what is wrong with it.
func (r *Reader) rows(ctx context.Context, where string, args []any, fn func(row) error) error {
	db, err := r.now()
	if err != nil {
		return err
	}
	found, err := db.QueryContext(ctx, `SELECT seq, run, event, hash FROM events `+where, args...)
	if err != nil {
		return explain("read", r.path, err)
	}
	defer found.Close()
	c := chain{r: r, ctx: ctx, db: db}
	var run, text, hash sql.RawBytes // a damaged row may hold anything
	for found.Next() {
		var at row
		if err := found.Scan(&at.seq, &run, &text, &hash); err != nil {
			return explain("read", r.path, err)
		}
		number, _ := strconv.ParseInt(string(run), 10, 64)
		at.run, at.text, at.hash = promotion.RunID(number), text, hash
		c.look(&at)
		if err := fn(at); err != nil {
			return err
		}
	}
	return explain("read", r.path, found.Err())
}

// Commanded is the run that a command was applied to, or that it started; 0 when it was about a slot. applied is false
// when the journal holds nothing of it.
func (r *Reader) Commanded(ctx context.Context, id string) (run promotion.RunID, applied bool, err error) {
	db, err := r.now()
	if err != nil {
		return 0, false, err
	}
	err = db.QueryRowContext(ctx, `SELECT run FROM events JOIN commands USING (seq) WHERE id = ?`, id).Scan(&run)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return run, err == nil, explain("read", r.path, err)
}

// Filter chooses runs; the zero Filter chooses all.
type Filter struct {
	Service    string
	Team       string
	Kind       promotion.RunKind
	Unfinished bool
	Before     promotion.RunID   // only older ones: the next page
	Source     *promotion.Source // built from exactly this commit and these changes
	Image      promotion.Digest
	Clean      bool // built from a commit and nothing else
	Limit      int  // 0: no limit
}

// Runs are the summaries of the chosen runs, newest first.
func (r *Reader) Runs(ctx context.Context, f Filter) ([]Summary, error) {
	query, args := f.query()
	db, err := r.now()
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, query, args...)
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
	if f.Team != "" {
		query, args = query+` AND json_extract(summary, '$.team') = ?`, append(args, f.Team)
	}
	if f.Unfinished {
		query += ` AND finished = 0`
	}
	if f.Source != nil {
		query += ` AND json_extract(summary, '$.commit') IS ? AND json_extract(summary, '$.dirty') IS ?`
		args = append(args, nullable(f.Source.Commit), nullable(f.Source.Dirty))
	}
	if f.Image != "" {
		query, args = query+` AND json_extract(summary, '$.image') = ?`, append(args, f.Image)
	}
	if f.Clean {
		query += ` AND json_extract(summary, '$.commit') IS NOT NULL AND json_extract(summary, '$.dirty') IS NULL`
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

// nullable is how a summary holds a text: an empty one is not there.
func nullable(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// Unfinished are the runs that go on, newest first.
func (r *Reader) Unfinished(ctx context.Context) ([]Summary, error) {
	return r.Runs(ctx, Filter{Unfinished: true})
}

// Latest are the newest n runs of a service, newest first; of every service for "".
func (r *Reader) Latest(ctx context.Context, service string, n int) ([]Summary, error) {
	return r.Runs(ctx, Filter{Service: service, Limit: n})
}
