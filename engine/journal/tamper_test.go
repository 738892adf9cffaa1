package journal

import (
	"database/sql"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// tampered is a journal of five events that somebody has edited with a tool of their own.
func tampered(t *testing.T, edit func(t *testing.T, db *sql.DB)) *Reader {
	t.Helper()
	dir := t.TempDir()
	j, err := Open(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	paused := promotion.Event{Run: 1, Type: promotion.RunPaused, At: noon, Actor: "ada", Reason: "lunch", Command: "c-1"}
	appendAll(t, j, start(1, "orders"), paused, held("c-2"), started(1, "build/build"), finished(1, promotion.Aborted))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := connect(filepath.Join(dir, File), "")
	if err != nil {
		t.Fatal(err)
	}
	edit(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func do(statements string) func(*testing.T, *sql.DB) {
	return func(t *testing.T, db *sql.DB) {
		t.Helper()
		if _, err := db.Exec(statements); err != nil {
			t.Fatal(err)
		}
	}
}

// forge appends an event with the very hash that it would have had.
func forge(t *testing.T, db *sql.DB) {
	t.Helper()
	var before []byte
	if err := db.QueryRow(`SELECT hash FROM events WHERE seq = 5`).Scan(&before); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(promotion.Event{Seq: 6, Run: 1, Type: promotion.RunPaused, Actor: "nobody", At: noon})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO events VALUES (6, 1, ?, ?)`, string(text), link(before, text)); err != nil {
		t.Fatal(err)
	}
}

// rewrite gives the chain as it stands the hashes, and the lists, that it would have had.
func rewrite(t *testing.T, db *sql.DB) {
	t.Helper()
	rows, err := db.Query(`SELECT seq, event FROM events ORDER BY seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var hash []byte
	var seqs []int64
	var hashes [][]byte
	summaries := map[promotion.RunID]Summary{}
	for rows.Next() {
		var seq int64
		var text string
		if err := rows.Scan(&seq, &text); err != nil {
			t.Fatal(err)
		}
		e, err := decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if e.OfRun() {
			summaries[e.Run] = summaries[e.Run].after(e)
		}
		hash = link(hash, []byte(text))
		seqs, hashes = append(seqs, seq), append(hashes, hash)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for i := range seqs {
		if _, err := db.Exec(`UPDATE events SET hash = ? WHERE seq = ?`, hashes[i], seqs[i]); err != nil {
			t.Fatal(err)
		}
	}
	for run, s := range summaries {
		text, _ := json.Marshal(s)
		if _, err := db.Exec(`UPDATE runs SET summary = ? WHERE run = ?`, string(text), run); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(`UPDATE head SET seq = ?, hash = ?`, seqs[len(seqs)-1], hash); err != nil {
		t.Fatal(err)
	}
}

func TestAnEditedJournalIsDetectedAndTheFirstEventNamed(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*testing.T, *sql.DB)
		seq  int64
		why  string
	}{
		"a reason was changed":      {do(`UPDATE events SET event = replace(event, 'lunch', 'an outage') WHERE seq = 2`), 2, "hash of its content"},
		"somebody else did it":      {do(`UPDATE events SET event = replace(event, '"ada"', '"eve"') WHERE seq = 3`), 3, "hash of its content"},
		"the last event was cut":    {do(`DELETE FROM events WHERE seq = 5`), 5, "ended with event 5"},
		"a middle event was cut":    {do(`DELETE FROM events WHERE seq = 3`), 3, "is missing"},
		"the first event was cut":   {do(`DELETE FROM events WHERE seq = 1`), 1, "is missing"},
		"an event was put between":  {do(`UPDATE events SET seq = seq + 100 WHERE seq > 2; UPDATE events SET seq = seq - 99 WHERE seq > 100; INSERT INTO events SELECT 3, run, event, hash FROM events WHERE seq = 2`), 3, "hash of its content"},
		"an event was forged":       {forge, 6, "was not written by Gantry"},
		"two events changed places": {do(`UPDATE events SET seq = 99 WHERE seq = 2; UPDATE events SET seq = 2 WHERE seq = 3; UPDATE events SET seq = 3 WHERE seq = 99`), 2, "hash of its content"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tampered(t, test.edit).Verify(t.Context(), Anchor{})
			var broken *Broken
			if !errors.As(err, &broken) || broken.Seq != test.seq || !strings.Contains(err.Error(), test.why) {
				t.Errorf("got %v, want event %d: …%s…", err, test.seq, test.why)
			}
		})
	}
}

// Whoever may write the file can write the whole chain anew. A note outside of it finds that out.
func TestAnAnchorShowsWhatTheChainCannot(t *testing.T) {
	r := tampered(t, do(``))
	end, err := r.Verify(t.Context(), Anchor{})
	if err != nil || end.Seq != 5 {
		t.Fatalf("an untouched journal: %v, %v", end, err)
	}
	if _, err := r.Verify(t.Context(), end); err != nil {
		t.Errorf("an untouched journal does not fit its own anchor: %v", err)
	}
	for name, test := range map[string]struct {
		edit func(*testing.T, *sql.DB)
		seq  int64
		why  string
	}{
		"the tail was cut and its traces removed": {func(t *testing.T, db *sql.DB) {
			do(`DELETE FROM events WHERE seq = 5`)(t, db)
			rewrite(t, db)
		}, 5, "is missing: event 5 was noted"},
		"a reason was changed and all hashes with it": {func(t *testing.T, db *sql.DB) {
			do(`UPDATE events SET event = replace(event, 'lunch', 'an outage')`)(t, db)
			rewrite(t, db)
		}, 5, "is not the one that was noted"},
	} {
		t.Run(name, func(t *testing.T) {
			r := tampered(t, test.edit)
			if _, err := r.Verify(t.Context(), Anchor{}); err != nil {
				t.Errorf("the chain alone shows it: %v", err)
			}
			_, err := r.Verify(t.Context(), end)
			var broken *Broken
			if !errors.As(err, &broken) || broken.Seq != test.seq || !strings.Contains(err.Error(), test.why) {
				t.Errorf("got %v, want event %d: …%s…", err, test.seq, test.why)
			}
		})
	}
}

func TestAnAnchorIsReadAsItIsPrinted(t *testing.T) {
	want := Anchor{Seq: 12, Hash: strings.Repeat("0a", 32)}
	var got Anchor
	if err := got.UnmarshalText([]byte(want.String() + "\n")); err != nil || got != want {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "12", "12:", "x:" + want.Hash, "0:" + want.Hash, "12:" + want.Hash[:10], "12:" + strings.Repeat("zz", 32)} {
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken for an anchor", text)
		}
	}
}
