package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/tui/commandline"
)

// withOldRuns is a desk with three runs that came to nothing, of which the policy keeps one.
func withOldRuns(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	text := strings.Replace(smallPipeline, `run = "true"`, `run = "echo it is red; exit 1"`, 1) + "\n[keep]\nruns = 1\nage = \"1ns\"\n"
	if err := os.WriteFile(filepath.Join(d.dir, "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		d.want(commandline.Failed, "run app")
	}
	return d
}

// left tells whether a run has left anything.
func (d *desk) left(run string) bool {
	_, err := os.Stat(filepath.Join(d.dir, ".gantry", "runs", run))
	return err == nil
}

func TestACollectionTakesWhatThePreviewShowedAndNothingElse(t *testing.T) {
	d := withOldRuns(t)
	_, preview := d.give(t.Context(), "gc")
	for _, words := range []string{"run 1 of app", "run 2 of app", "nothing was removed"} {
		if !strings.Contains(preview, words) {
			t.Errorf("the preview says nothing of %q: %s", words, preview)
		}
	}
	if strings.Contains(preview, "run 3") || !d.left("1") {
		t.Errorf("the preview is of more than goes, or has removed something: %s", preview)
	}
	plan := regexp.MustCompile(`--plan ([0-9a-f]+)`).FindStringSubmatch(preview)
	if len(plan) != 2 {
		t.Fatalf("the preview has no name: %s", preview)
	}
	d.want(commandline.Usage, "gc --plan "+plan[1], "give both")
	d.want(commandline.Failed, "run app") // now another run is too old as well
	d.want(commandline.Usage, "gc --yes --plan "+plan[1], "nothing was removed", "look again")
	if !d.left("1") {
		t.Fatal("a plan that holds no more was carried out")
	}
	var shown struct {
		Items []struct{ Paths []string }
		Bytes int64
		Hash  string
	}
	_, text := d.give(t.Context(), "gc --output json")
	if err := json.Unmarshal([]byte(text), &shown); err != nil || len(shown.Items) != 3 || shown.Bytes == 0 {
		t.Fatalf("%v: %s", err, text)
	}
	d.want(commandline.Done, "gc --yes --plan "+shown.Hash, "removed: ")
	for _, item := range shown.Items {
		for _, path := range item.Paths {
			if _, err := os.Stat(filepath.Join(d.dir, ".gantry", path)); err == nil {
				t.Errorf("%s was named and is still there", path)
			}
		}
	}
	if !d.left("4") {
		t.Error("what the policy keeps is gone")
	}
	d.want(commandline.Done, "gc", "nothing to remove")
	d.want(commandline.Done, "audit --verify", "events fit together")
	d.want(commandline.Done, "audit", "gc", "refused: the plan is "+shown.Hash+" now and not "+plan[1], "3 things", "the plan "+shown.Hash, "all of it is gone")
	d.want(commandline.Done, "show 1", "attempt 1 failed")
	d.want(commandline.Usage, "logs 1 build/build", "the logs of run 1 are gone")
}

func TestACollectionWaitsForWhatIsUnderWay(t *testing.T) {
	d := newDesk(t)
	gate := d.begun()
	d.want(commandline.Usage, "gc --yes", "run 1 is under way", "gantry engine stop")
	d.want(commandline.Usage, "gc --yes", "run 1 is under way") // an impatient person's is told once
	_, told := d.give(t.Context(), "audit")
	if strings.Count(told, "refused: run 1 is under way") != 1 || !strings.Contains(told, commandline.Operator()+"  gc") {
		t.Errorf("the audit tells of what was refused:\n%s", told)
	}
	d.want(commandline.Done, "gc", "nothing to remove") // to look is always possible
	d.opens(gate)
}

func TestWithoutAJournalNothingIsRemoved(t *testing.T) {
	d := withOldRuns(t)
	d.want(commandline.Done, "engine stop --now")
	journal := filepath.Join(d.dir, ".gantry", "journal.db")
	if err := os.Rename(journal, journal+".aside"); err != nil {
		t.Fatal(err)
	}
	d.want(commandline.Failed, "gc --yes", "nothing is removed")
	if !d.left("1") {
		t.Error("it was")
	}
}
