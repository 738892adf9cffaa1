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
	return fmt.Sprintf("%s was changed after it was written: event %d %s: compare it with a backup, everything before it fits", e.Path, e.Seq, e.Why)
}

// Verify reads the whole journal and checks the chain of hashes, the numbering, and that the list of runs and of commands
// says what the events say. What does not fit first is a *Broken error.
func (r *Reader) Verify(ctx context.Context) error {
	tx, err := r.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // one moment, even while a writer goes on
	if err != nil {
		return explain("verify", r.path, err)
	}
	defer func() { _ = tx.Rollback() }()
	v := verification{ctx: ctx, tx: tx, path: r.path, runs: map[promotion.RunID]Summary{}, commands: map[string]int64{}}
	for _, check := range []func() error{v.chain, v.end, v.summaries, v.applied} {
		if err := check(); err != nil {
			var broken *Broken
			if errors.As(err, &broken) {
				return err
			}
			return explain("verify", r.path, err)
		}
	}
	return nil
}

type verification struct {
	ctx      context.Context
	tx       *sql.Tx
	path     string
	seq      int64
	hash     []byte
	runs     map[promotion.RunID]Summary
	commands map[string]int64
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
	v.runs[run] = v.runs[run].after(e)
	v.seq = seq
	return nil
}

// end finds out whether events were cut off: the chain alone does not show it.
func (v *verification) end() error {
	var seq int64
	var hash []byte
	if err := v.tx.QueryRowContext(v.ctx, `SELECT seq, hash FROM head`).Scan(&seq, &hash); err != nil {
		return err
	}
	if seq != v.seq || !bytes.Equal(hash, v.hash) {
		return v.broken(v.seq+1, "is missing: the journal ended with event %d", seq)
	}
	return nil
}

func (v *verification) summaries() error {
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
