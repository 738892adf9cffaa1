package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Applied means that a command's events are in the journal already.
type Applied struct {
	Command string
	Seq     int64 // its first event
}

func (e *Applied) Error() string {
	return fmt.Sprintf("command %s was applied before, as event %d", e.Command, e.Seq)
}

// Append journals events in one transaction and gives them their sequence numbers; the result is what a reader will
// read. It is durable when Append returns without an error; with one, nothing was written. A command id seen before is
// an *Applied error, a full disk a *Full one. Once begun, an append is not interrupted by ctx.
func (j *Journal) Append(ctx context.Context, events ...promotion.Event) ([]promotion.Event, error) {
	if err := ctx.Err(); err != nil || len(events) == 0 {
		return nil, err
	}
	tx, err := j.write.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return nil, explain("append to", j.path, err)
	}
	defer func() { _ = tx.Rollback() }() // a no-op after Commit
	a := appending{tx: tx, runs: map[promotion.RunID]Summary{}, commands: map[string]int64{}}
	written, err := a.all(events, j)
	if err == nil {
		err = tx.Commit()
	}
	var refused *refused
	var applied *Applied
	if errors.As(err, &refused) || errors.As(err, &applied) {
		return nil, err
	}
	if err != nil {
		return nil, explain("append to", j.path, err)
	}
	return written, nil
}

// refused is an event that must not be in any journal.
type refused struct{ why string }

func (e *refused) Error() string { return "append an event: " + e.why }

// appending is one transaction of Append.
type appending struct {
	tx       *sql.Tx
	seq      int64
	hash     []byte
	last     promotion.RunID // highest number handed out or used
	runs     map[promotion.RunID]Summary
	commands map[string]int64 // of this transaction
}

func (a *appending) all(events []promotion.Event, j *Journal) ([]promotion.Event, error) {
	if err := a.tx.QueryRow(`SELECT seq, hash, run FROM head`).Scan(&a.seq, &a.hash, &a.last); err != nil {
		return nil, err
	}
	written := make([]promotion.Event, 0, len(events))
	for _, e := range events {
		if e.At.IsZero() {
			e.At = j.now()
		}
		e, err := a.one(e)
		if err != nil {
			return nil, err
		}
		written = append(written, e)
	}
	for _, run := range a.runs {
		if err := a.save(run); err != nil {
			return nil, err
		}
	}
	_, err := a.tx.Exec(`UPDATE head SET seq = ?, hash = ?, run = ?`, a.seq, a.hash, a.last)
	return written, err
}

func (a *appending) one(e promotion.Event) (promotion.Event, error) {
	e.Seq = a.seq + 1
	if err := promotion.Check(e); err != nil {
		return e, &refused{err.Error()}
	}
	if err := a.summarise(e); err != nil {
		return e, err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return e, &refused{fmt.Sprintf("%s of run %d cannot be written as JSON: %v", e.Type, e.Run, err)}
	}
	hash := link(a.hash, text)
	if _, err := a.tx.Exec(`INSERT INTO events VALUES (?, ?, ?, ?)`, e.Seq, e.Run, string(text), hash); err != nil {
		return e, err
	}
	if err := a.command(e); err != nil {
		return e, err
	}
	a.seq, a.hash = e.Seq, hash
	return decode(text)
}

// link is the hash of one event in the chain: of the hash before it and the event's JSON.
func link(before, text []byte) []byte {
	sum := sha256.New()
	sum.Write(before)
	sum.Write(text)
	return sum.Sum(nil)
}

// command remembers the command of an event. All events of one command are appended together, so that an id which is
// there already was applied before.
func (a *appending) command(e promotion.Event) error {
	if _, ours := a.commands[e.Command]; ours || e.Command == "" {
		return nil
	}
	var before int64
	err := a.tx.QueryRow(`SELECT seq FROM commands WHERE id = ?`, e.Command).Scan(&before)
	if err == nil {
		return &Applied{Command: e.Command, Seq: before}
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	a.commands[e.Command] = e.Seq
	_, err = a.tx.Exec(`INSERT INTO commands VALUES (?, ?)`, e.Command, e.Seq)
	return err
}

// summarise folds the event into its run's summary: a run begins once, with run.started. What happens to a slot, or
// to neither, belongs to no run.
func (a *appending) summarise(e promotion.Event) error {
	if !e.OfRun() {
		if e.Run != 0 || e.OfSlot() != (e.Slot != nil) {
			return &refused{fmt.Sprintf("%s belongs to no run, and to a slot where it is about one", e.Type)}
		}
		return nil
	}
	summary, known := a.runs[e.Run]
	if !known {
		var err error
		if summary, known, err = a.load(e.Run); err != nil {
			return err
		}
	}
	switch {
	case e.Run <= 0:
		return &refused{fmt.Sprintf("%s belongs to no run", e.Type)}
	case known && e.Type == promotion.RunStarted:
		return &refused{fmt.Sprintf("run %d has started already", e.Run)}
	case !known && e.Type != promotion.RunStarted:
		return &refused{fmt.Sprintf("%s belongs to run %d, which has not started", e.Type, e.Run)}
	}
	a.runs[e.Run] = summary.after(e)
	a.last = max(a.last, e.Run)
	return nil
}

func (a *appending) load(run promotion.RunID) (Summary, bool, error) {
	var s Summary
	var text string
	err := a.tx.QueryRow(`SELECT summary FROM runs WHERE run = ?`, run).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return s, false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &s)
	}
	return s, err == nil, err
}

func (a *appending) save(s Summary) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = a.tx.Exec(`INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?)`, s.Run, s.Service, s.Kind, s.Done(), string(text))
	return err
}

func decode(text []byte) (promotion.Event, error) {
	var e promotion.Event
	err := json.Unmarshal(text, &e)
	return e, err
}
