package present

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// ApprovalRows are what somebody must know who lets a run's release into the environment it stands before.
func (w *World) ApprovalRows(id promotion.RunID, now time.Time) []SheetRow {
	run, _ := w.Run(id)
	column, _, _ := run.Current()
	release := run.Release
	rows := []SheetRow{
		{"version", text.Clean(release.Version) + said(" ", quote(release.Subject)), theme.Strong},
		{"commit", text.Clean(release.Commit) + said(" and changed files, ", text.Clean(release.ShortDirty())), theme.Text},
		{"image", string(release.Image), theme.Text},
	}
	if release.Migration != "" {
		rows = append(rows, SheetRow{"migrations", string(release.Migration), theme.Muted})
	}
	rows = append(rows,
		SheetRow{"author", orUnknown(release.Author), theme.Text},
		SheetRow{"started by", text.Clean(run.Actor), theme.Text},
		SheetRow{"live now", deployed(w.slotOf(run, column.Name).Live, "nothing is live in "+column.Name, now), theme.Text},
	)
	if approval := column.Column.Approval; approval != nil {
		if approval.FourEyes {
			rows = append(rows, SheetRow{"four eyes", "neither its author nor who started the run may approve it", theme.Wait})
		}
		if approval.Expires > 0 {
			rows = append(rows, SheetRow{"expires", "the approval counts for " + Period(time.Duration(approval.Expires)), theme.Muted})
		}
	}
	return rows
}

func quote(s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf("%q", text.Clean(s))
}

// said puts something before a text where there is one.
func said(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}

func orUnknown(author string) string {
	if author == "" {
		return "unknown"
	}
	return text.Clean(author)
}

// OverrideRows say what an override of the run would wave through: the stage that went wrong, or the gate that is shut.
func (w *World) OverrideRows(id promotion.RunID, now time.Time) []SheetRow {
	run, _ := w.Run(id)
	column, stage, _ := run.Current()
	if stage.Bad() {
		last := stage.Last()
		rows := []SheetRow{{"stage", fmt.Sprintf("%s %s", stage.ID, stage.State), theme.Bad}, {"because", text.Clean(stage.Reason), theme.Text}}
		if last.Result != nil && last.Result.Tests != nil && last.Result.Tests.Failed > 0 {
			rows = append(rows, SheetRow{"tests", counts(*last.Result.Tests), theme.Text})
		}
		return append(rows, SheetRow{}, SheetRow{"", "It is shown as overridden, never as passed: the release goes on, but is no last good release here.", theme.Muted})
	}
	if column.Waiting == nil {
		return nil
	}
	gate := gateMessages(*column.Waiting, now)
	rows := []SheetRow{{"gate", gate[0].Text, theme.Wait}}
	for _, more := range gate[1:] {
		if also, another := strings.CutPrefix(more.Text, alsoShut); another {
			rows = append(rows, SheetRow{"also", also, theme.Muted})
			continue
		}
		rows = append(rows, SheetRow{"opens", more.Text, theme.Muted})
	}
	return append(rows, SheetRow{}, SheetRow{"", fmt.Sprintf("It is waved through for this run only; the other gates of %s count as before.", column.Name), theme.Muted})
}

// Start is one place that a rerun may begin at.
type Start struct {
	From   string // an environment; "" is the build
	Title  string
	Text   string
	WhyNot string // why it may not; "" when it may
}

// Starts are the places that a rerun of a run's release may begin at. It goes as far as the run was to.
func (w *World) Starts(id promotion.RunID) []Start {
	run, _ := w.Run(id)
	build := Start{Title: Title(promotion.BuildColumn), Text: "builds commit " + run.Release.ShortCommit() + " again, and promotes that" + w.goesUntil(run, "")}
	if run.Release.Dirty != "" || run.Release.Commit == "" {
		build.WhyNot = "it was built from files that are no commit, and they are not kept"
	}
	starts := []Start{build}
	before, passed := "", true // the column before, and whether the run has passed all up to it
	begins := func(name string) {
		s := Start{From: name, Title: Title(name), Text: fmt.Sprintf("the same images as run %d, which passed what comes before%s", id, w.goesUntil(run, name))}
		if !passed {
			s.WhyNot = fmt.Sprintf("run %d has not passed %s", id, before)
		}
		starts = append(starts, s)
	}
	for i, c := range run.Columns {
		if c.Name != promotion.BuildColumn && (i > 0 || len(run.Plan.Passed) > 0) {
			begins(c.Name)
		}
		before, passed = c.Name, passed && c.Passed
	}
	if next := w.environmentAfter(before); next != "" {
		begins(next)
	}
	return starts
}

// environmentAfter is the one that follows in promotion order; "" after the last.
func (w *World) environmentAfter(name string) string {
	at := slices.IndexFunc(w.Snapshot.Environments, func(e engine.EnvironmentInfo) bool { return e.Name == name })
	if at < 0 || at == len(w.Snapshot.Environments)-1 {
		return ""
	}
	return w.Snapshot.Environments[at+1].Name
}

// goesUntil says how far a rerun goes that begins there, when that is not all the way, and that a drill is one again.
func (w *World) goesUntil(run promotion.Run, from string) string {
	s, last := "", run.Columns[len(run.Columns)-1].Name
	if _, known := run.Column(from); from != "" && !known {
		last = from
	}
	if w.environmentAfter(last) != "" {
		s = ", until " + last
	}
	if run.Plan.Drill != nil {
		s += fmt.Sprintf("; a drill of %s again", run.Plan.Drill.Stage)
	}
	return s
}

// FirstStart is the place that a rerun most likely begins at: where the run ended, if it may.
func FirstStart(starts []Start) int {
	for i, s := range slices.Backward(starts) {
		if s.WhyNot == "" {
			return i
		}
	}
	return 0
}
