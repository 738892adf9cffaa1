package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return noon }

func open(t testing.TB, dir string) *Journal {
	t.Helper()
	j, err := Open(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

func start(run promotion.RunID, service string) promotion.Event {
	return promotion.Event{Run: run, Type: promotion.RunStarted, Actor: "mara", At: noon,
		Plan: &promotion.Plan{Kind: promotion.Promotion, Service: service, Source: promotion.Source{Version: "1.8.0"}}}
}

func started(run promotion.RunID, stage promotion.StageID) promotion.Event {
	return promotion.Event{Run: run, Type: promotion.StageStarted, Stage: stage, Attempt: 1, At: noon}
}

func finished(run promotion.RunID, outcome promotion.Outcome) promotion.Event {
	return promotion.Event{Run: run, Type: promotion.RunFinished, Outcome: outcome, At: noon.Add(time.Minute)}
}

func appendAll(t testing.TB, j *Journal, events ...promotion.Event) []promotion.Event {
	t.Helper()
	written, err := j.Append(t.Context(), events...)
	if err != nil {
		t.Fatal(err)
	}
	return written
}

func all(t testing.TB, r *Reader) []promotion.Event {
	t.Helper()
	var events []promotion.Event
	if err := r.All(t.Context(), func(e promotion.Event) error { events = append(events, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return events
}

func TestWhatWasAppendedIsThereAfterARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a state?dir #1 100%")
	j, err := Open(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	written := appendAll(t, j, start(1, "orders"), started(1, "build/build"))
	written = append(written, appendAll(t, j, start(2, "inventory"), finished(1, promotion.Succeeded))...)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}

	j = open(t, dir)
	if got := all(t, j.Reader); !reflect.DeepEqual(got, written) {
		t.Errorf("read %v\nwant %v", got, written)
	}
	for i, e := range written {
		if e.Seq != int64(i+1) {
			t.Errorf("event %d has sequence number %d", i, e.Seq)
		}
	}
	events, err := j.Events(t.Context(), 1)
	if err != nil || len(events) != 3 || events[2].Type != promotion.RunFinished {
		t.Errorf("the events of run 1 are %v, %v", events, err)
	}
	later, err := j.After(t.Context(), 2, 10)
	if err != nil || len(later) != 2 || later[0].Seq != 3 {
		t.Errorf("the events after 2 are %v, %v", later, err)
	}
	if _, err := j.Verify(t.Context(), Anchor{}); err != nil {
		t.Error(err)
	}
}

func TestAnEventWithoutATimeGetsTheJournals(t *testing.T) {
	j := open(t, t.TempDir())
	e := start(1, "orders")
	e.At = time.Time{}
	if written := appendAll(t, j, e); !written[0].At.Equal(noon) {
		t.Errorf("it is dated %v", written[0].At)
	}
}

func TestTheStateDirectoryIsItsOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".gantry")
	open(t, dir)
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, File): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v, want %v", path, info.Mode().Perm(), err, want)
		}
	}
}

func TestRunNumbersAreNeverReused(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, start(7, "orders"))
	var got []promotion.RunID
	for range 2 {
		id, err := j.NextRun(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, id)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	id, err := open(t, dir).NextRun(t.Context())
	if want := []promotion.RunID{8, 9, 10}; err != nil || !reflect.DeepEqual(append(got, id), want) {
		t.Errorf("numbers %v, then %d, %v; want %v", got, id, err, want)
	}
}

func TestACommandIsAppliedAtMostOnceEvenAfterARestart(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	pause := promotion.Event{Run: 1, Type: promotion.RunPaused, Command: "c-1", At: noon}
	step := promotion.Event{Run: 1, Type: promotion.RunStepped, Command: "c-1", At: noon}
	appendAll(t, j, start(1, "orders"))
	appendAll(t, j, pause, step) // one command may have several events
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}

	j = open(t, dir)
	for id, want := range map[string]bool{"c-1": true, "c-2": false} {
		if run, got, err := j.Commanded(t.Context(), id); err != nil || got != want || got != (run != 0) {
			t.Errorf("%s applied: %v, %v", id, got, err)
		}
	}
	_, err = j.Append(t.Context(), started(1, "build/build"), pause)
	var applied *Applied
	if !errors.As(err, &applied) || applied.Seq != 2 {
		t.Errorf("again: %v", err)
	}
	if got := all(t, j.Reader); len(got) != 3 {
		t.Errorf("%d events afterwards: a refused append must write nothing", len(got))
	}
}

func TestEventsThatMakeNoSenseAreRefusedWhole(t *testing.T) {
	j := open(t, t.TempDir())
	appendAll(t, j, start(1, "orders"))
	for want, e := range map[string]promotion.Event{
		"run 1 has started already":       start(1, "orders"),
		"belongs to run 9, which has not": started(9, "build/build"),
		"belongs to no run":               {Type: promotion.RunPaused},
		"does not know":                   {Run: 1, Type: "stage.teleported"},
	} {
		_, err := j.Append(t.Context(), started(1, "build/build"), e)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", e.Type, err, want)
		}
	}
	if got := all(t, j.Reader); len(got) != 1 {
		t.Errorf("%d events, want 1", len(got))
	}
}

func TestAFullDiskLeavesNothingHalfWritten(t *testing.T) {
	j := open(t, t.TempDir())
	appendAll(t, j, start(1, "orders"))
	before := all(t, j.Reader)
	var pages int
	if err := j.write.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := j.write.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
		t.Fatal(err)
	}

	big := started(1, "build/build")
	big.Reason = strings.Repeat("a very long reason. ", 5_000)
	_, err := j.Append(t.Context(), started(1, "build/build"), big)
	var full *Full
	if !errors.As(err, &full) || !strings.Contains(err.Error(), "free some space") {
		t.Fatalf("on a full disk: %v", err)
	}
	if got := all(t, j.Reader); !reflect.DeepEqual(got, before) {
		t.Errorf("afterwards there are %v", got)
	}

	if _, err := j.write.Exec(`PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	if written := appendAll(t, j, big); written[0].Seq != 2 {
		t.Errorf("with space again the event got number %d, want 2", written[0].Seq)
	}
	if _, err := j.Verify(t.Context(), Anchor{}); err != nil {
		t.Error(err)
	}
}

func TestAnAppendThatIsCancelledBeforeItBeginsWritesNothing(t *testing.T) {
	j := open(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Append(ctx, start(1, "orders")); !errors.Is(err, context.Canceled) {
		t.Errorf("append: %v", err)
	}
	if got := all(t, j.Reader); len(got) != 0 {
		t.Errorf("%d events, want none", len(got))
	}
}

func TestManyGoroutinesAppendWithoutAGap(t *testing.T) {
	j := open(t, t.TempDir())
	var all sync.WaitGroup
	for run := promotion.RunID(1); run <= 8; run++ {
		all.Go(func() {
			events := []promotion.Event{start(run, "orders")}
			for range 5 {
				if _, err := j.Append(context.Background(), events...); err != nil {
					t.Error(err)
				}
				events = []promotion.Event{started(run, "build/build"), started(run, "build/contract")}
			}
		})
	}
	all.Wait()
	if _, err := j.Verify(t.Context(), Anchor{}); err != nil {
		t.Error(err)
	}
}

func TestAReaderSeesWhatTheWriterAddsMeanwhile(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenReader(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a journal: %v", err)
	}
	j := open(t, dir)
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	appendAll(t, j, start(1, "orders"))
	if got := all(t, r); len(got) != 1 {
		t.Errorf("it sees %d events, want 1", len(got))
	}
	err = r.All(t.Context(), func(promotion.Event) error { // a slow reader does not hold the writer up
		appendAll(t, j, started(1, "build/build"))
		return nil
	})
	if got := all(t, r); err != nil || len(got) != 2 {
		t.Errorf("it sees %d events, %v, want 2", len(got), err)
	}
}

func TestAReaderOpensAJournalThatNobodyWrites(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, start(1, "orders"))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := all(t, r); len(got) != 1 {
		t.Errorf("it sees %d events, want 1", len(got))
	}
}
