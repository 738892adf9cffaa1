package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// oneIn is how far apart faults of one kind are tried: many more of them with GANTRY_FAULTS=1.
func oneIn(usually, withFaults int) int {
	if os.Getenv("GANTRY_FAULTS") != "" {
		return withFaults
	}
	return usually
}

// written is a journal of three runs, the last of which goes on, that nobody has open.
func written(t *testing.T) (dir string, content []byte) {
	t.Helper()
	dir = t.TempDir()
	j, err := Open(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	for run := promotion.RunID(1); run <= 3; run++ {
		begin := start(run, "orders")
		begin.Plan.Config = strings.Repeat("a line of the configuration that the run took along\n", 20)
		appendAll(t, j, begin)
		for i := range 12 {
			appendAll(t, j, started(run, promotion.StageID(fmt.Sprintf("dev/stage-%d", i))))
		}
		if run < 3 {
			appendAll(t, j, finished(run, promotion.Succeeded))
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	content, err = os.ReadFile(filepath.Join(dir, File))
	if err != nil {
		t.Fatal(err)
	}
	return dir, content
}

// damagedBy is a state directory whose journal has this content.
func damagedBy(t *testing.T, dir string, content []byte) {
	t.Helper()
	for _, part := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(filepath.Join(dir, File+part))
	}
	if err := os.WriteFile(filepath.Join(dir, File), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// mended repairs a journal that cannot be whole, and wants what is left to fit together; or a sentence that says that
// nothing is. It tells how many events are as they were.
func mended(t *testing.T, what, dir string) int64 {
	t.Helper()
	done, err := Repair(t.Context(), dir, clock)
	if err != nil {
		for _, step := range []string{"restore a backup", "nothing of it can be brought over", "which is as it was"} {
			if strings.Contains(err.Error(), step) {
				return 0
			}
		}
		t.Errorf("%s: no way out is named: %v", what, err)
		return 0
	}
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatalf("%s: after the repair: %v", what, err)
	}
	defer r.Close()
	if report, err := r.Examine(t.Context()); err != nil || !report.Whole() {
		t.Errorf("%s: after the repair: %+v, %v", what, report, err)
	}
	if done.Kept != "" {
		if _, err := os.Stat(done.Kept); err != nil {
			t.Errorf("%s: the damaged journal is gone: %v", what, err)
		}
	}
	return done.Report.Events
}

func TestFaultAFlippedByteIsFoundAndWhatIsElsewhereIsReadAsEver(t *testing.T) {
	dir, content := written(t)
	tried, unharmed := 0, 0
	for at := 0; at < len(content); at += oneIn(211, 13) {
		damaged := slices.Clone(content)
		damaged[at] ^= 0x10
		damagedBy(t, dir, damaged)
		tried++
		what := fmt.Sprintf("byte %d flipped", at)
		r, err := OpenReader(dir)
		if err != nil {
			if !strings.Contains(err.Error(), "backup") && !strings.Contains(err.Error(), "choose another") {
				t.Errorf("%s: no way out is named: %v", what, err)
			}
			continue
		}
		report, err := r.Examine(t.Context())
		if err == nil && report.Whole() {
			// Then no event has changed: the byte is in what SQLite does not use, or what it finds events by.
			if got := exported(t, r); got != 41 {
				t.Errorf("%s: it is called whole, and has %d events", what, got)
			}
			unharmed++
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if err == nil && len(report.Damaged) > 0 && len(report.Damaged) < 20 {
			if events := mended(t, what, dir); events+int64(len(report.Damaged)) < 41 {
				t.Errorf("%s: %d events are as they were, and %d are not: of 41", what, events, len(report.Damaged))
			}
		}
	}
	t.Logf("flipped bytes: %d tried, %d of them where nothing is", tried, unharmed)
}

func exported(t *testing.T, r *Reader) (events int) {
	t.Helper()
	if err := r.Export(t.Context(), func(e Exported) error {
		if e.Damaged == nil {
			events++
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	return events
}

func TestFaultAJournalCutOffAnywhereInItsLastPageIsToldAndMended(t *testing.T) {
	dir, content := written(t)
	tried := 0
	for cut := 1; cut <= 4096; cut += oneIn(97, 1) {
		damagedBy(t, dir, content[:len(content)-cut])
		tried++
		what := fmt.Sprintf("%d bytes cut off", cut)
		r, err := OpenReader(dir)
		if err == nil {
			var report Report
			report, err = r.Examine(t.Context())
			if err == nil && report.Whole() && exported(t, r) != 41 {
				t.Errorf("%s: it is called whole", what)
			}
			_ = r.Close()
		}
		if err != nil && !strings.Contains(err.Error(), "backup") {
			t.Errorf("%s: no way out is named: %v", what, err)
		}
		if cut%16 == 1 {
			mended(t, what, dir)
		}
	}
	t.Logf("cut off in its last page: %d tried", tried)
}

func TestFaultOneRunIsDamagedAndTheOthersAreReadAndMendedWithoutIt(t *testing.T) {
	dir, content := written(t)
	at := bytes.Index(content, []byte(`"run":3,"type":"stage.started"`))
	if at < 0 {
		t.Fatal("the event is not where it was")
	}
	content[at+10] ^= 0x01
	damagedBy(t, dir, content)

	r, err := OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	for run := promotion.RunID(1); run <= 2; run++ {
		if events, err := r.Events(t.Context(), run); err != nil || len(events) != 14 {
			t.Errorf("run %d has %d events, %v", run, len(events), err)
		}
	}
	_, err = r.Events(t.Context(), 3)
	var damaged *Damaged
	if !errors.As(err, &damaged) || damaged.Run != 3 || !strings.Contains(err.Error(), "gantry journal repair") {
		t.Errorf("run 3: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}

	done, err := Repair(t.Context(), dir, clock)
	if err != nil || !slices.Equal(done.Ended, []promotion.RunID{3}) || done.Unknown || len(done.Report.Damaged) != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	j := open(t, dir)
	last, err := j.Latest(t.Context(), "", 1)
	if err != nil || len(last) != 1 || last[0].Outcome != promotion.Aborted || !strings.Contains(last[0].Reason, "was damaged") {
		t.Errorf("the run that went on is %+v, %v", last, err)
	}
	if run, err := j.NextRun(t.Context()); err != nil || run != 4 {
		t.Errorf("the next run is %d, %v", run, err)
	}
	before := done.Report.Damaged[0]
	var lost []promotion.Event
	for _, e := range all(t, j.Reader) {
		if e.Type == promotion.EventLost {
			lost = append(lost, e)
		}
	}
	if len(lost) != 1 || lost[0].Seq != before.Seq || lost[0].Reason != before.String() {
		t.Errorf("in its place stands %+v, want %s", lost, before)
	}
}

func TestFaultALostWALIsToldByTheCheckpointThatKnowsMore(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, start(1, "orders"))
	if _, err := j.write.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil { // into the file itself
		t.Fatal(err)
	}
	appendAll(t, j, started(1, "build/build"))
	saveNow(t, j)
	content, err := os.ReadFile(filepath.Join(dir, File)) // without what is in the -wal file only
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	damagedBy(t, dir, content)
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	report, err := r.Examine(t.Context())
	if err != nil || report.Lost != 2 || report.Events != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	done, err := Repair(t.Context(), dir, clock)
	if err != nil || !slices.Equal(done.Ended, []promotion.RunID{1}) {
		t.Errorf("%+v, %v: a run whose end may be missing does not go on", done, err)
	}
}

func TestFaultOfTwoEnginesThatStartAtOnceOneHasTheDirectory(t *testing.T) {
	dir := t.TempDir()
	for range 200 {
		var won, told atomic.Int32
		var both sync.WaitGroup
		begin, ended := make(chan struct{}), make(chan struct{})
		for i := range 2 {
			both.Go(func() {
				<-begin
				lock, err := Acquire(dir, fmt.Sprint("engine ", i), noon)
				var held *Held
				switch {
				case err == nil:
					won.Add(1)
					<-ended
					if err := lock.Release(); err != nil {
						t.Error(err)
					}
				case errors.As(err, &held):
					told.Add(1)
					close(ended)
				default:
					t.Error(err)
					close(ended)
				}
			})
		}
		close(begin)
		both.Wait()
		if won.Load() != 1 || told.Load() != 1 {
			t.Fatalf("%d have it, and %d were told so", won.Load(), told.Load())
		}
	}
}

func TestFaultADatabaseThatAnotherProgramLocksIsASentenceAndNothingIsLost(t *testing.T) {
	t.Parallel() // SQLite waits five seconds
	dir := t.TempDir()
	j := open(t, dir)
	appendAll(t, j, start(1, "orders"))
	other, err := connect(filepath.Join(dir, File), "_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(t.Context(), started(1, "build/build")); err == nil || !strings.Contains(err.Error(), "another program holds it: end it and try again") {
		t.Errorf("got %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, started(1, "build/build"))
	if _, err := j.Verify(t.Context(), Anchor{}); err != nil {
		t.Error(err)
	}
}

func TestFaultAClockThatJumpsBackADayBreaksNothing(t *testing.T) {
	now := noon
	j, err := Open(t.TempDir(), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	begin, build := start(1, "orders"), started(1, "build/build")
	begin.At, build.At = time.Time{}, time.Time{}
	appendAll(t, j, begin)
	now = now.Add(-24 * time.Hour)
	appendAll(t, j, build, finished(1, promotion.Succeeded))
	if _, err := j.Verify(t.Context(), Anchor{}); err != nil {
		t.Error(err)
	}
	if events := all(t, j.Reader); len(events) != 3 || events[1].Seq != 2 || !events[1].At.Equal(now) {
		t.Errorf("%+v", events)
	}
}

func TestABackupIsTheWholeJournalAtOneMomentAlsoWhileItIsWritten(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	appendAll(t, j, start(1, "orders"))
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	writing.Go(func() {
		for n := 0; ctx.Err() == nil && n < 5000; n++ {
			if _, err := j.Append(context.Background(), started(1, "build/build")); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for i := range 5 {
		to := filepath.Join(t.TempDir(), "elsewhere", "backup.db")
		anchor, err := j.Backup(t.Context(), to)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v: others can read it", info.Mode(), err)
		}
		if _, err := j.Verify(t.Context(), anchor); err != nil {
			t.Errorf("backup %d is not what the journal was: %v", i, err)
		}
		if _, err := j.Backup(t.Context(), to); err == nil || !strings.Contains(err.Error(), "nothing is overwritten") {
			t.Errorf("over another backup: %v", err)
		}
	}
	stop()
	writing.Wait()
}
