package present_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
)

func TestWhatSetsAReleaseApartIsToldInLines(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	good := promotion.Deployment{Run: 41, Release: promotion.Release{Version: "1.7.4", Commit: "d7fb9410000000"}}
	c := engine.Changes{
		Since: &good, Environment: "qa",
		Commits: []engine.Commit{
			{Hash: "f60728e0000000", Subject: "Bulk\x1b[2J discount", Author: "Ada <ada@example.org>", At: now.Add(-3 * time.Hour)},
			{Hash: "1111111000", Subject: "Two", Author: "Grace", At: now.Add(-26 * time.Hour)},
			{Hash: "2222222000", Subject: "Three", Author: "Grace", At: now.Add(-50 * time.Hour)},
		}, MoreCommits: 4, LostCommits: 1,
		Files: []string{"a.go", "b.go", "c.go"}, MoreFiles: 7,
		Layers:       &engine.LayerChange{Kept: 5, Added: 2, Removed: 1, AddedBytes: 1_200_000, Settings: true},
		Settings:     []engine.SettingChange{{Key: "environment.qa.soak", From: "1h", To: "2h"}, {Key: "pipeline.queue", To: "fifo"}},
		Dependencies: []engine.VersionChange{{Name: "express", From: "4.1.0", To: "5.0.0"}, {Name: "left-pad", From: "1.0.0"}},
		Uncommitted:  []string{"orders/api.go", "orders/db.go"}, MoreUncommitted: 19,
		Unknown: []string{"what was not committed"},
	}
	if got := present.ChangedSince(c); got != "1.7.4 d7fb941, last good in QA (run 41)" {
		t.Errorf("compared with %s", got)
	}
	var lines []string
	for _, row := range present.ChangeRows(c, now, 2) {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s|%s|%s", row.Label, row.Text, row.Note)))
	}
	want := `commits|f60728e Bulk discount|Ada, 3h
|1111111 Two|Grace, 1d
|and 5 more|
lost|1 commit of the last good release is not in this one: it was reverted, or this is another branch|
files|10 files: a.go, b.go and 8 more|
edited|21 files, not committed: orders/api.go, orders/db.go and 19 more|
image|2 of 7 layers new (1.2 MB), 1 of the old ones gone; its own settings differ|
config|environment.qa.soak: 1h → 2h|
|pipeline.queue: fifo is new|
versions|express 4.1.0 → 5.0.0|
|left-pad 1.0.0 is gone|
unknown|what was not committed|`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	same := present.ChangeRows(engine.Changes{Since: &good}, now, 2)
	if len(same) != 1 || same[0].Label != "nothing" {
		t.Errorf("without any change it says %+v", same)
	}
	first := engine.Changes{Since: &good, Environment: "dev", First: "qa", Unproven: true}
	if got := present.ChangedSince(first); got != "1.7.4 d7fb941, live in Dev but never good there (run 41)" {
		t.Errorf("compared with %s", got)
	}
	if rows := present.ChangeRows(first, now, 2); len(rows) != 2 || rows[0].Text != "nothing was ever good in QA before this release" || rows[1].Label != "nothing" {
		t.Errorf("of the first release in QA it says %+v", rows)
	}
	if got := present.ChangedSince(engine.Changes{Since: &good}); got != "1.7.4 d7fb941, the last that succeeded (run 41)" {
		t.Errorf("compared with %s", got) // it may have gone until Dev alone
	}
	if got := present.ChangedSince(engine.Changes{Without: "none was live"}); got != "none was live" {
		t.Errorf("without anything to compare with it says %q", got)
	}
	if present.ChangedSince(engine.Changes{}) != "" || present.ChangeRows(engine.Changes{}, now, 2) != nil {
		t.Error("there is something to compare the first release with")
	}
}
