package journal

import (
	"os"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

func began(t *testing.T, j *Journal, run promotion.RunID) {
	t.Helper()
	e := promotion.Event{Run: run, Type: promotion.RunStarted, Plan: &promotion.Plan{Kind: promotion.Promotion, Service: "orders"}}
	if _, err := j.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func TestWhoReadsAJournalThatNobodyWritesLeavesNoTrace(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	began(t, j, 1)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if events, err := r.After(t.Context(), 0, 10); err != nil || len(events) != 1 {
		t.Errorf("read %d events, %v", len(events), err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("in the directory lie %v, %v: want the journal alone", files, err)
	}
}

func TestAReaderFollowsAWriterThatComesLater(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	began(t, j, 1)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if j, err = Open(dir, time.Now); err != nil {
		t.Fatal(err)
	}
	began(t, j, 2)
	if events, err := r.After(t.Context(), 1, 10); err != nil || len(events) != 1 {
		t.Errorf("while the other writes: %d events, %v", len(events), err)
	}
	began(t, j, 3)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if events, err := r.After(t.Context(), 1, 10); err != nil || len(events) != 2 {
		t.Errorf("after the other has gone: %d events, %v", len(events), err)
	}
}

func TestWhoHoldsADirectoryIsToldWithoutTouchingTheLock(t *testing.T) {
	dir := t.TempDir()
	if h, held := HolderOf(dir); held {
		t.Errorf("an empty directory is held by %+v", h)
	}
	lock, err := Acquire(dir, "gantry watch", noon)
	if err != nil {
		t.Fatal(err)
	}
	if h, held := HolderOf(dir); !held || h.PID != os.Getpid() || h.Program != "gantry watch" {
		t.Errorf("held is %t, by %+v", held, h)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if h, held := HolderOf(dir); held {
		t.Errorf("after its release it is held by %+v", h)
	}
}
