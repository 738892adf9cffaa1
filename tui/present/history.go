package present

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
)

// HistoryRow is one run in the list of a service's runs, ready to be shown.
type HistoryRow struct {
	Entry   Entry
	Number  string
	Mark    Mark
	Service string
	Release string // "1.8.0 3f9c1e2"
	Subject string
	Who     string
	When    string
	Took    string
	State   string // "rolled back", with the kind where it is no promotion
	Reason  string
	Drill   bool
}

// History is the runs of a service, the newest first: those that were listed, and what the world knows better or has
// known since, as far as it is wanted. "" is every service.
func (w *World) History(listed []promotion.Run, service string, wanted func(promotion.Run) bool) []promotion.Run {
	runs := make([]promotion.Run, 0, len(listed)+len(w.Snapshot.Runs))
	for _, run := range w.Snapshot.Runs {
		if (service == "" || run.Plan.Service == service) && wanted(run) {
			runs = append(runs, run)
		}
	}
	for _, run := range listed {
		if _, known := w.runs[run.ID]; !known {
			runs = append(runs, run)
		}
	}
	slices.SortFunc(runs, func(a, b promotion.Run) int { return cmp.Compare(b.ID, a.ID) })
	return runs
}

// HistoryRowOf presents one run of a history.
func HistoryRowOf(run promotion.Run, now time.Time) HistoryRow {
	row := HistoryRow{
		Entry: Entry{Service: run.Plan.Service, Run: run.ID}, Number: fmt.Sprint(run.ID), Mark: RunMark(run), Service: text.Clean(run.Plan.Service),
		Release: text.Clean(run.Release.Name()), Subject: text.Clean(run.Release.Subject), Who: text.Clean(run.Actor),
		When: run.Started.Local().Format("2006-01-02 15:04"), Reason: text.Clean(run.Reason), Drill: run.Plan.Rehearsal(),
	}
	row.Took, row.State = took(run, now), row.Mark.Word
	if run.Plan.Kind != promotion.Promotion {
		row.State = string(run.Plan.Kind) + ": " + row.State
	}
	if row.Drill {
		row.State = "drill: " + row.State
	}
	if !run.Done() && len(run.Columns) > 0 {
		if _, stage, more := run.Current(); more {
			row.State += " at " + string(stage.ID)
		}
	}
	return row
}

// Holds tells whether every word stands somewhere in the row.
func (r HistoryRow) Holds(sought string) bool {
	all := strings.ToLower(strings.Join([]string{r.Number, r.Service, r.Release, r.Subject, r.Who, r.When, r.State, r.Reason}, " "))
	for _, word := range strings.Fields(strings.ToLower(sought)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// ServiceNames are the services as configured, then those that only runs still know.
func (w *World) ServiceNames() []string { return w.names() }
