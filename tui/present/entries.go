package present

import (
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
)

// Entry is one tab of the switcher: a run, or a service of which nothing has run yet.
type Entry struct {
	Service string
	Run     promotion.RunID // 0: nothing has run yet
}

// Tab is an entry as the switcher shows it.
type Tab struct {
	Entry Entry
	Mark  Mark
	Text  string
	Drill bool // a rehearsal
}

// Entries are the runs worth switching between: of every service its latest one that has ended, so that a failure
// does not vanish behind what comes after it, its latest promotion, and those under way; the newest last.
// keep is listed in any case while the snapshot knows it.
func (w *World) Entries(keep promotion.RunID) []Entry {
	if run, found := w.runs[keep]; found && !slices.Contains(w.entries, Entry{Service: run.Plan.Service, Run: keep}) {
		return w.list(keep)
	}
	return w.entries
}

func (w *World) list(keep promotion.RunID) []Entry {
	runs := map[string][]promotion.RunID{}
	latest, promoted := map[string]promotion.RunID{}, map[string]promotion.RunID{}
	for _, run := range w.Snapshot.Runs {
		service := run.Plan.Service
		if !run.Done() || run.ID == keep {
			runs[service] = append(runs[service], run.ID)
		}
		// A rollback that belongs to a promotion is shown on the promotion's board.
		if owned := run.Plan.Revert != nil && run.Plan.Revert.Cause != 0; !owned && run.Done() && latest[service] == 0 {
			latest[service] = run.ID
		}
		if run.Plan.Kind == promotion.Promotion && promoted[service] == 0 {
			promoted[service] = run.ID // what was rolled back is rerun, or investigated, from its own board
		}
	}
	var entries []Entry
	for _, service := range w.names() {
		ids := runs[service]
		for _, id := range []promotion.RunID{latest[service], promoted[service]} {
			if id != 0 && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
		for _, id := range ids {
			entries = append(entries, Entry{Service: service, Run: id})
		}
		if len(ids) == 0 {
			entries = append(entries, Entry{Service: service})
		}
	}
	return entries
}

// names are the services as configured, then those that only runs still know.
func (w *World) names() []string {
	names := make([]string, 0, len(w.Snapshot.Services))
	for _, s := range w.Snapshot.Services {
		names = append(names, s.Name)
	}
	for _, run := range w.Snapshot.Runs {
		if _, known := w.services[run.Plan.Service]; !known && !slices.Contains(names, run.Plan.Service) {
			names = append(names, run.Plan.Service)
		}
	}
	return names
}

// Tab is how the switcher shows an entry.
func (w *World) Tab(e Entry) Tab {
	return Tab{Entry: e, Mark: w.Mark(e), Text: w.TabText(e)}
}

// Mark is the mark of an entry's run.
func (w *World) Mark(e Entry) Mark {
	if run, found := w.runs[e.Run]; found {
		return RunMark(run)
	}
	return Mark{Word: "nothing yet"}
}

// Rehearses tells whether an entry is of a drill.
func (w *World) Rehearses(e Entry) bool {
	run, found := w.runs[e.Run]
	return found && run.Plan.Rehearsal()
}

// TabText is what an entry is called. As long as the snapshots know the entry it is the same.
func (w *World) TabText(e Entry) string {
	run, found := w.runs[e.Run]
	if !found {
		return text.Clean(e.Service)
	}
	s := fmt.Sprintf("%s %d", text.Clean(e.Service), e.Run)
	if run.Plan.Rehearsal() {
		s += " drill"
	}
	switch run.Plan.Kind {
	case promotion.Rollback:
		s += " rollback"
	case promotion.Reprovision:
		s += " aside"
	}
	return s
}

// Newest is the service's newest entry: what the board shows when nobody has chosen.
func (w *World) Newest(service string) Entry { return w.newest[service] }
