package journal

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// ledgerOf folds what is in the journal.
func ledgerOf(t *testing.T, j *Journal) *promotion.Ledger {
	t.Helper()
	ledger := promotion.NewLedger()
	ledger.Rely(func(promotion.RunID, int64) (promotion.Run, error) { return promotion.Run{}, nil })
	for _, e := range all(t, j.Reader) {
		ledger.Apply(e)
	}
	return ledger
}

// saveNow saves a checkpoint of all that is in the journal.
func saveNow(t *testing.T, j *Journal) Checkpoint {
	t.Helper()
	ledger := ledgerOf(t, j)
	state, err := ledger.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	c := Checkpoint{Seq: ledger.Seq(), State: state}
	if err := j.Save(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return c
}

func seqs(checkpoints []Checkpoint) []int64 {
	var seqs []int64
	for _, c := range checkpoints {
		seqs = append(seqs, c.Seq)
	}
	return seqs
}

func TestTheNewestCheckpointsAreKeptAndOnlyThoseThatFitAreFound(t *testing.T) {
	for name, test := range map[string]struct {
		file string // of the directory, which is
		now  string // this; "" is gone
		edit string
		want []int64
	}{
		"as they were saved":             {want: []int64{3, 2}},
		"the newest edited":              {file: "3", now: "what somebody wrote, who knew neither the seal nor the content", want: []int64{2}},
		"the seal of another":            {file: "3", now: "2", want: []int64{2}},
		"of an event that is gone":       {edit: `DELETE FROM events WHERE seq = 3`, want: []int64{2}},
		"of another history":             {edit: `UPDATE events SET hash = x'00' WHERE seq = 3`, want: []int64{2}},
		"none":                           {file: "."},
		"with nothing in it that counts": {file: "3", now: " ", want: []int64{2}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir)
			appendAll(t, j, start(1, "orders"))
			saveNow(t, j)
			appendAll(t, j, started(1, "build/build"))
			saveNow(t, j)
			appendAll(t, j, finished(1, promotion.Failed))
			newest := saveNow(t, j)
			if file := filepath.Join(dir, checkpoints, test.file); test.file != "" {
				content, err := os.ReadFile(filepath.Join(dir, checkpoints, test.now))
				if err != nil {
					content = []byte(test.now)
				}
				if err := os.RemoveAll(file); err != nil {
					t.Fatal(err)
				}
				if test.now != "" {
					if err := os.WriteFile(file, content, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			if _, err := j.write.Exec(test.edit); err != nil {
				t.Fatal(err)
			}
			r, err := OpenReader(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var found []Checkpoint
			for c, failed := range r.Checkpoints(t.Context()) {
				found, err = append(found, c), failed
			}
			if err != nil || !reflect.DeepEqual(seqs(found), test.want) {
				t.Fatalf("found those of events %v, %v, want %v", seqs(found), err, test.want)
			}
			if len(test.want) == 2 && string(found[0].State) != string(newest.State) {
				t.Errorf("it was %s, and is %s", newest.State, found[0].State)
			}
		})
	}
}

func TestACheckpointOfAnEventThatIsNotThereIsNotSaved(t *testing.T) {
	j := open(t, t.TempDir())
	appendAll(t, j, start(1, "orders"))
	if err := j.Save(t.Context(), Checkpoint{Seq: 2, State: []byte("{}")}); err == nil {
		t.Error("it was saved")
	}
}

func TestVerifyComparesCheckpointsWithWhatTheEventsSay(t *testing.T) {
	j := open(t, t.TempDir())
	appendAll(t, j, start(1, "orders"), started(1, "build/build"))
	saveNow(t, j)
	appendAll(t, j, finished(1, promotion.Failed))
	if _, err := j.Verify(t.Context(), Anchor{}); err != nil {
		t.Fatalf("nothing was changed: %v", err)
	}
	edited := strings.Replace(string(saveNow(t, j).State), "runs\x81\x01", "runs\x81\x02", 1) // another run
	if err := j.Save(t.Context(), Checkpoint{Seq: 3, State: []byte(edited)}); err != nil {    // with the right seal, as a clever hand would
		t.Fatal(err)
	}
	_, err := j.Verify(t.Context(), Anchor{})
	var broken *Broken
	if !errors.As(err, &broken) || broken.Seq != 3 || !strings.Contains(err.Error(), "do not say what the checkpoint of event 3 says") {
		t.Errorf("got %v", err)
	}
}

func TestAJournalOfTheFirstSchemaIsBroughtUpToDateByItsWriter(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	begin := start(1, "orders")
	begin.Plan.Source = promotion.Source{Commit: "3f9c1e2", Dirty: "a1b2c3d"}
	built := promotion.Release{Service: "orders", Version: "1.8.1", Commit: "3f9c1e2", Dirty: "a1b2c3d", Image: "sha256:aa"}
	appendAll(t, j, begin, started(1, "build/build"),
		promotion.Event{Run: 1, Type: promotion.StageSucceeded, Stage: "build/build", Attempt: 1, Result: &promotion.Result{Release: &built}})
	want, err := j.Runs(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.write.Exec(`DROP INDEX runs_of_source; DROP INDEX runs_of_image; PRAGMA user_version = 1;
		UPDATE runs SET summary = json_remove(summary, '$.image', '$.dirty')`); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Verify(t.Context(), Anchor{}); err != nil {
		t.Errorf("the list of an older Gantry is held against it: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, dir)
	for name, f := range map[string]Filter{
		"all": {}, "by the image": {Image: "sha256:aa"}, "by the source": {Service: "orders", Source: &begin.Plan.Source},
	} {
		if runs, err := j.Runs(t.Context(), f); err != nil || !reflect.DeepEqual(runs, want) {
			t.Errorf("%s: %+v, %v\nwant %+v", name, runs, err, want)
		}
	}
	for name, f := range map[string]Filter{
		"another image": {Image: "sha256:bb"}, "the clean commit": {Source: &promotion.Source{Commit: "3f9c1e2"}}, "any clean one": {Clean: true},
	} {
		if runs, err := j.Runs(t.Context(), f); err != nil || len(runs) > 0 {
			t.Errorf("%s: %+v, %v", name, runs, err)
		}
	}
	if _, err := j.Verify(t.Context(), Anchor{}); err != nil {
		t.Error(err)
	}
}
