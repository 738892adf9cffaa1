package journal

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Checkpoint is what a ledger knew after one event, so that nobody has to fold what came before. It is no truth: with
// one that does not fit the chain, or with none, everything is folded.
type Checkpoint struct {
	Seq   int64
	State []byte
}

// checkpoints are kept beside the events. A Gantry that does not know the table leaves it alone, and what is in it stays
// true.
const checkpoints = `CREATE TABLE IF NOT EXISTS checkpoints (
	seq   INTEGER PRIMARY KEY,
	state BLOB NOT NULL,
	seal  BLOB NOT NULL
) STRICT`

// seal binds a checkpoint to the chain as it is at its event, and to the Gantry that made it: another one may have learnt
// other rules since, and folds everything once.
func seal(hash, state []byte) []byte {
	return link(link(hash, []byte(program())), state)
}

// spare is how many checkpoints are kept: the newest, and one in case that it is damaged.
const spare = 2

// Save keeps a checkpoint of an event that is in the journal.
func (j *Journal) Save(ctx context.Context, c Checkpoint) error {
	tx, err := j.write.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return explain("save a checkpoint in", j.path, err)
	}
	defer func() { _ = tx.Rollback() }() // a no-op after Commit
	var hash []byte
	err = tx.QueryRow(`SELECT hash FROM events WHERE seq = ?`, c.Seq).Scan(&hash)
	if err == nil {
		_, err = tx.Exec(checkpoints)
	}
	if err == nil {
		_, err = tx.Exec(`INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?)`, c.Seq, c.State, seal(hash, c.State))
	}
	if err == nil {
		_, err = tx.Exec(`DELETE FROM checkpoints WHERE seq NOT IN (SELECT seq FROM checkpoints ORDER BY seq DESC LIMIT ?)`, spare)
	}
	if err == nil {
		err = tx.Commit()
	}
	return explain("save a checkpoint in", j.path, err)
}

// Checkpoints are those of this very Gantry that fit the chain, newest first. Each is read when it is asked for: with the
// newest most are content.
func (r *Reader) Checkpoints(ctx context.Context) iter.Seq2[Checkpoint, error] {
	return func(yield func(Checkpoint, error) bool) {
		if err := r.checkpoints(ctx, yield); err != nil {
			yield(Checkpoint{}, explain("read", r.path, err))
		}
	}
}

func (r *Reader) checkpoints(ctx context.Context, yield func(Checkpoint, error) bool) error {
	db, err := r.now()
	if err != nil {
		return err
	}
	var there bool
	if err := db.QueryRowContext(ctx, hasCheckpoints).Scan(&there); err != nil || !there {
		return err
	}
	const newest = `SELECT seq, state, seal, (SELECT hash FROM events e WHERE e.seq = c.seq) FROM checkpoints c
		WHERE seq < ? ORDER BY seq DESC LIMIT 1`
	for before := int64(math.MaxInt64); ; {
		var c Checkpoint
		var sealed, hash []byte
		err := db.QueryRowContext(ctx, newest, before).Scan(&c.Seq, &c.State, &sealed, &hash)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if bytes.Equal(sealed, seal(hash, c.State)) && !yield(c, nil) {
			return nil
		}
		before = c.Seq
	}
}

const hasCheckpoints = `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'checkpoints')`

// saved reads the checkpoints, to be compared with what the events say.
func (v *verification) saved() error {
	var there bool
	if err := v.tx.QueryRowContext(v.ctx, hasCheckpoints).Scan(&there); err != nil || !there {
		return err
	}
	rows, err := v.tx.QueryContext(v.ctx, `SELECT seq, state, seal FROM checkpoints`)
	if err != nil {
		return err
	}
	defer rows.Close()
	v.ledger, v.checkpoints = promotion.NewLedger(), map[int64]sealed{}
	v.ledger.Rely(func(promotion.RunID, int64) (promotion.Run, error) { return promotion.Run{}, errNotKept })
	for rows.Next() {
		var seq int64
		var c sealed
		if err := rows.Scan(&seq, &c.state, &c.seal); err != nil {
			return err
		}
		v.checkpoints[seq] = c
	}
	return rows.Err()
}

// sealed is a checkpoint as it stands in the table.
type sealed struct{ state, seal []byte }

var errNotKept = errors.New("a verification keeps no runs")

// checkpoint compares the one of this event, if there is one, with what the events up to it say. One without the seal is
// read by nobody.
func (v *verification) checkpoint(e promotion.Event) error {
	if v.ledger == nil {
		return nil
	}
	v.ledger.Apply(e)
	c, found := v.checkpoints[e.Seq]
	if !found || !bytes.Equal(c.seal, seal(v.hash, c.state)) || !promotion.CanRestore(c.state) {
		return nil
	}
	own, err := v.ledger.Checkpoint()
	if err != nil {
		return fmt.Errorf("compare the checkpoint: %w", err)
	}
	if !bytes.Equal(own, c.state) {
		return v.broken(e.Seq, "and those before it do not say what the checkpoint of event %d says", e.Seq)
	}
	return nil
}
