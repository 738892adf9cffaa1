package journal

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Broken names the first place where the journal does not fit together: it was edited, or the disk damaged it.
type Broken struct {
	Path string
	Seq  int64 // the first event that does not fit
	Why  string
}

func (e *Broken) Error() string {
	return fmt.Sprintf("%s was changed after it was written: event %d %s: compare it with a backup", e.Path, e.Seq, e.Why)
}

// Verify reads the whole journal and checks the chain of hashes, the numbering, and that the list of runs and of commands
// says what the events say. What does not fit first is a *Broken error. It returns the end of the chain: whoever notes it
// elsewhere can ask later, with that anchor, whether everything up to it is still there. The zero Anchor asks nothing.
func (r *Reader) Verify(ctx context.Context, anchor Anchor) (Anchor, error) {
	db, err := r.now()
	if err != nil {
		return Anchor{}, err
	}
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // one moment, even while a writer goes on
	if err != nil {
		return Anchor{}, explain("verify", r.path, err)
	}
	defer func() { _ = tx.Rollback() }()
	v := verification{ctx: ctx, tx: tx, path: r.path, anchor: anchor, runs: map[promotion.RunID]Summary{}, commands: map[string]int64{}}
	for _, check := range []func() error{v.saved, v.chain, v.end, v.summaries, v.applied} {
		if err := check(); err != nil {
			var broken *Broken
			if errors.As(err, &broken) {
				return Anchor{}, err
			}
			return Anchor{}, explain("verify", r.path, err)
		}
	}
	return Anchor{Seq: v.seq, Hash: hashText(v.hash)}, nil
}

type verification struct {
	ctx      context.Context
	tx       *sql.Tx
	path     string
	anchor   Anchor
	seq      int64
	hash     []byte
	runs     map[promotion.RunID]Summary
	commands map[string]int64

	checkpoints map[int64]sealed
	ledger      *promotion.Ledger // nil: there is no checkpoint to compare it with
}

func (v *verification) broken(seq int64, format string, args ...any) error {
	return &Broken{Path: v.path, Seq: seq, Why: fmt.Sprintf(format, args...)}
}

func (v *verification) chain() error {
	rows, err := v.tx.QueryContext(v.ctx, `SELECT seq, run, event, hash FROM events ORDER BY seq`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var text, hash sql.RawBytes
	for rows.Next() {
		var seq int64
		var run promotion.RunID
		if err := rows.Scan(&seq, &run, &text, &hash); err != nil {
			return err
		}
		if err := v.row(seq, run, text, hash); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (v *verification) row(seq int64, run promotion.RunID, text, hash []byte) error {
	if seq != v.seq+1 {
		return v.broken(v.seq+1, "is missing")
	}
	if v.hash = link(v.hash, text); !bytes.Equal(v.hash, hash) {
		return v.broken(seq, "does not have the hash of its content")
	}
	e, err := decode(text)
	if err != nil {
		return v.broken(seq, "is not an event: %v", err)
	}
	if e.Seq != seq || e.Run != run {
		return v.broken(seq, "stands at the wrong place: it says that it is event %d of run %d", e.Seq, e.Run)
	}
	if _, known := v.commands[e.Command]; !known && e.Command != "" {
		v.commands[e.Command] = seq
	}
	if e.OfRun() {
		v.runs[run] = v.runs[run].after(e)
	}
	v.seq = seq
	if err := v.checkpoint(e); err != nil {
		return err
	}
	if v.anchor.Seq == seq && v.anchor.Hash != hashText(v.hash) {
		return v.broken(seq, "is not the one that was noted: it or one before it was changed, and every hash after with it")
	}
	return nil
}

// end finds out whether events were cut off: the chain alone does not show it.
func (v *verification) end() error {
	var seq int64
	var hash []byte
	if err := v.tx.QueryRowContext(v.ctx, `SELECT seq, hash FROM head`).Scan(&seq, &hash); err != nil {
		return err
	}
	switch {
	case seq > v.seq:
		return v.broken(v.seq+1, "is missing: the journal ended with event %d", seq)
	case seq < v.seq:
		return v.broken(seq+1, "was not written by Gantry: the journal ended with event %d", seq)
	case !bytes.Equal(hash, v.hash):
		return v.broken(seq, "is not the one that the journal ended with")
	case v.anchor.Seq > v.seq:
		return v.broken(v.seq+1, "is missing: event %d was noted when the journal was longer", v.anchor.Seq)
	}
	return nil
}

func (v *verification) summaries() error {
	version, err := schemaOf(v.tx)
	if err != nil || version < schema { // an older list says less; it is made anew when an engine opens the journal
		return err
	}
	rows, err := v.tx.QueryContext(v.ctx, `SELECT run, summary FROM runs ORDER BY run`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var run promotion.RunID
		var text string
		if err := rows.Scan(&run, &text); err != nil {
			return err
		}
		want, err := json.Marshal(v.runs[run])
		if err != nil {
			return err
		}
		if text != string(want) {
			return v.broken(v.runs[run].Seq, "and those before it do not say what the list of runs says about run %d", run)
		}
		delete(v.runs, run)
	}
	for run, s := range v.runs {
		return v.broken(s.Seq, "belongs to run %d, which the list of runs lacks", run)
	}
	return rows.Err()
}

func (v *verification) applied() error {
	rows, err := v.tx.QueryContext(v.ctx, `SELECT id, seq FROM commands`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var seq int64
		if err := rows.Scan(&id, &seq); err != nil {
			return err
		}
		if v.commands[id] != seq {
			return v.broken(seq, "does not carry command %s, as the list of commands says", id)
		}
		delete(v.commands, id)
	}
	for id, seq := range v.commands {
		return v.broken(seq, "carries command %s, which the list of commands lacks", id)
	}
	return rows.Err()
}
