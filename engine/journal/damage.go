package journal

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Damaged is an event that is not there any more as it was written: a disk has changed it, or somebody has. The others can
// be read all the same.
type Damaged struct {
	Path string
	Seq  int64
	Run  promotion.RunID // 0: it is not known whose it was
	Why  string
}

func (e *Damaged) Error() string {
	return fmt.Sprintf("%s is damaged: event %d%s %s: look at all of it with `gantry journal check`, and go on with `gantry journal repair` or a backup",
		e.Path, e.Seq, ofRun(e.Run), e.Why)
}

func ofRun(run promotion.RunID) string {
	if run == 0 {
		return ""
	}
	return fmt.Sprintf(" of run %d", run)
}

// row is an event as it stands in its table; sound says why it cannot be believed, nil when it can.
type row struct {
	seq   int64
	run   promotion.RunID
	event promotion.Event
	text  []byte // until the next row
	hash  []byte
	sound *Damaged
}

// chain follows the rows of a question through the chain of hashes.
type chain struct {
	r    *Reader
	ctx  context.Context
	db   *sql.DB
	last row // the one before
}

// look says what is wrong with a row: each is held against the hash of the one before it.
func (c *chain) look(at *row) {
	var err error
	if at.event, err = decode(at.text); err != nil {
		at.sound = c.r.damaged(at.seq, at.run, "cannot be read: %v", err)
	}
	before, known := c.last.hash, c.last.seq == at.seq-1
	if !known {
		known = c.db.QueryRowContext(c.ctx, `SELECT hash FROM events WHERE seq = ?`, at.seq-1).Scan(&before) == nil
	}
	switch {
	case known && !bytes.Equal(link(before, at.text), at.hash):
		at.sound = c.r.damaged(at.seq, at.run, "does not have the hash of its content")
	case at.sound == nil && (at.event.Seq != at.seq || at.event.Run != at.run):
		at.sound = c.r.damaged(at.seq, at.run, "stands at the wrong place: it says that it is event %d of run %d", at.event.Seq, at.event.Run)
	}
	c.last = row{seq: at.seq, hash: bytes.Clone(at.hash)}
}

func (r *Reader) damaged(seq int64, run promotion.RunID, format string, args ...any) *Damaged {
	return &Damaged{Path: r.path, Seq: seq, Run: run, Why: fmt.Sprintf(format, args...)}
}

// corrupt tells whether SQLite cannot make sense of a part of the file; what is in the other parts it still finds.
func corrupt(err error) bool {
	var failure *sqlite.Error
	return errors.As(err, &failure) && failure.Code()&0xff == sqlite3.SQLITE_CORRUPT
}

// walk hands every event to fn, also those that are damaged or missing, which are told of as such.
func (r *Reader) walk(ctx context.Context, fn func(row) error) error {
	end, err := r.end(ctx)
	if err != nil {
		return err
	}
	seq := int64(0)
	missing := func(until int64, why string) error {
		for ; seq < until; seq++ {
			if err := fn(row{seq: seq + 1, sound: r.damaged(seq+1, r.owner(ctx, seq+1), "%s", why)}); err != nil {
				return err
			}
		}
		return nil
	}
	take := func(at row) error {
		if at.seq <= seq { // what is read has no order any more
			return nil
		}
		if err := missing(at.seq-1, "is missing"); err != nil {
			return err
		}
		seq = at.seq
		return fn(at)
	}
	for {
		err := r.rows(ctx, `WHERE seq > ? AND seq <= ? ORDER BY seq`, []any{seq, end}, take)
		if !corrupt(err) {
			return errors.Join(err, missing(end, "is missing"))
		}
		next := r.beyond(ctx, seq+1, end)
		if err := missing(next-1, unreadable); err != nil || next > end {
			return err
		}
		if err := r.rows(ctx, `WHERE seq = ?`, []any{next}, take); err != nil && !corrupt(err) {
			return err
		}
		if err := missing(next, unreadable); err != nil { // unless it was found after all
			return err
		}
	}
}

// unreadable is what is wrong with an event that SQLite does not give out.
const unreadable = "is on a page that cannot be read"

// smallest is how many bytes an event takes at least, with its hash.
const smallest = 64

// end is the last event that the journal is known to have had. A number that a damaged disk gives out counts for nothing
// where the file is too small for so many.
func (r *Reader) end(ctx context.Context) (int64, error) {
	var size int64
	for _, part := range []string{"", "-wal"} {
		if info, err := os.Stat(r.path + part); err == nil {
			size += info.Size()
		}
	}
	db, err := r.now()
	if err != nil {
		return 0, err
	}
	var end int64
	for _, question := range []string{`SELECT seq FROM head`, `SELECT max(seq) FROM events`, `SELECT max(seq) FROM events INDEXED BY events_of_run`} {
		var seq sql.NullInt64
		if err := db.QueryRowContext(ctx, question).Scan(&seq); err == nil {
			if seq.Int64 <= size/smallest {
				end = max(end, seq.Int64)
			}
		} else if !corrupt(err) && !errors.Is(err, sql.ErrNoRows) {
			return 0, explain("read", r.path, err)
		}
	}
	return end, nil
}

// beyond is the first event from one on that can be read; end+1 when none can.
func (r *Reader) beyond(ctx context.Context, seq, end int64) int64 {
	db, err := r.now()
	for ; err == nil && seq <= end && ctx.Err() == nil; seq++ {
		var text string
		if db.QueryRowContext(ctx, `SELECT event FROM events WHERE seq = ?`, seq).Scan(&text) == nil {
			return seq
		}
	}
	return end + 1
}

// owner is the run that an event belonged to which cannot be read itself; 0 when that is not known.
func (r *Reader) owner(ctx context.Context, seq int64) (run promotion.RunID) {
	if db, err := r.now(); err == nil {
		_ = db.QueryRowContext(ctx, `SELECT run FROM events INDEXED BY events_of_run WHERE seq = ?`, seq).Scan(&run)
	}
	return run
}
