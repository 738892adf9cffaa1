package present

import (
	"fmt"
	"iter"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// TestRow is a test that failed, or passed only at a second try, and how that stands to earlier runs. Its mark has no word
// where nothing is known of them.
type TestRow struct {
	Mark    Mark
	Name    string
	Message string
	Note    string // "since run 40"
}

// Scan is what a scanner found, in a step.
type Scan struct {
	Note string // how many, how many of them new
	Rows []FindingRow
}

// FindingRow is one finding.
type FindingRow struct {
	Mark Mark
	Text string
}

var noveltyMarks = map[promotion.Novelty]Mark{
	promotion.FailureNew:      {theme.Failed, "new", theme.Bad},
	promotion.FailureKnown:    {theme.Failed, "known", theme.Unsure},
	promotion.FailureFlaky:    {theme.Failed, "flaky", theme.Wait},
	promotion.FailureUnjudged: {theme.Failed, "", theme.Bad},
}

// judge compares what failed with the service's earlier runs.
func (i *Inspection) judge(judged promotion.Judged, bad bool) {
	fresh := 0
	for _, t := range judged.Tests {
		row := TestRow{Mark: noveltyMarks[t.Novelty], Name: text.Clean(t.Name), Message: text.Clean(t.Message)}
		switch {
		case t.Passed:
			row.Mark.Sign, row.Note = theme.Succeeded, "passed when it ran again"
		case t.Novelty == promotion.FailureKnown:
			row.Note = fmt.Sprintf("since run %d", t.Since)
		case t.Novelty == promotion.FailureNew:
			fresh++
		}
		i.Failing = append(i.Failing, row)
	}
	if fresh > 0 {
		i.Fresh = fmt.Sprintf("%d new since run %d, the last good one", fresh, judged.LastGood)
	}
	for _, scan := range judged.Scans {
		if scan.Total > 0 {
			i.Scans = append(i.Scans, scanOf(scan, judged.LastGood, bad))
		}
	}
}

// scanOf lists the new findings; all of them where none is known to be, and something is wrong or there is nothing to
// compare with.
func scanOf(scan promotion.JudgedScan, lastGood promotion.RunID, bad bool) Scan {
	s := Scan{Note: fmt.Sprintf("%s: %d, no good run to compare with", text.Clean(scan.Step), scan.Total)}
	listed, fresh := scan.Listed, 0
	if scan.Compared {
		s.Note = fmt.Sprintf("%s: %d new since run %d, the last good one, of %d", text.Clean(scan.Step), scan.New, lastGood, scan.Total)
		fresh = scan.Fresh
		if fresh > 0 || !bad {
			listed = listed[:fresh]
		}
	}
	for n, f := range listed {
		mark := Mark{theme.Note, f.Level, theme.Wait}
		if f.Level == "error" {
			mark.Sign, mark.Role = theme.Failed, theme.Bad
		}
		if n < fresh {
			mark.Word = "new"
		}
		s.Rows = append(s.Rows, FindingRow{mark, text.Clean(f.Text)})
	}
	return s
}

// earlier are the runs of the same service and kind before a run, the newest first.
func (w *World) earlier(run promotion.Run) iter.Seq[promotion.Run] {
	return func(yield func(promotion.Run) bool) {
		for _, other := range w.Snapshot.Runs {
			same := other.ID < run.ID && other.Plan.Service == run.Plan.Service && other.Plan.Kind == run.Plan.Kind
			if same && !yield(other) {
				return
			}
		}
	}
}
