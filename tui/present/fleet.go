package present

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
)

// FleetRow is one service in every environment.
type FleetRow struct {
	Entry   Entry // its newest run
	Service string
	Team    string
	Lives   []Live // by environment, in their order
	Mark    Mark   // of its newest run
	Last    string // "run 42 succeeded 3h"
	Lead    string // from the commit to its end, of a newest run that succeeded; "" otherwise
}

// Order is how the fleet's services follow each other.
type Order int

// The orders.
const (
	ByName    Order = iota
	ByTrouble       // what a person has to look at first, then what is under way, then what failed last
	ByNewest        // the newest run first
	ByLead          // the longest way from a commit to its end first
	orders
)

// String is what the services are ordered by.
func (o Order) String() string { return [...]string{"name", "trouble", "newest run", "lead time"}[o] }

// Next is the order that follows.
func (o Order) Next() Order { return (o + 1) % orders }

// Fleet is the names of every service whose name or team holds the filter, in an order.
func (w *World) Fleet(filter string, by Order) []string {
	names := w.names()
	if filter != "" {
		filter = strings.ToLower(filter)
		names = slices.DeleteFunc(names, func(name string) bool {
			return !strings.Contains(strings.ToLower(name+" "+w.services[name].Team), filter)
		})
	}
	if by != ByName {
		w.sort(names, by)
	}
	return names
}

// rank is where a service stands: the greater ones come first.
type rank struct {
	name          string
	first, second int64
}

func (w *World) sort(names []string, by Order) {
	all := make([]rank, len(names))
	for i, name := range names {
		all[i] = rank{name: name}
		if run, found := w.runs[w.newest[name].Run]; found {
			all[i].first, all[i].second = w.standing(run, name, by)
		}
	}
	slices.SortStableFunc(all, func(a, b rank) int {
		return cmp.Or(cmp.Compare(b.first, a.first), cmp.Compare(b.second, a.second))
	})
	for i, r := range all {
		names[i] = r.name
	}
}

func (w *World) standing(run promotion.Run, name string, by Order) (first, second int64) {
	switch by {
	case ByNewest:
		return run.Started.UnixNano(), 0
	case ByLead:
		return int64(lead(run)), 0
	}
	broken := w.Broken(run.ID) != ""
	switch {
	case !run.Done() && broken:
		first = 4
	case w.drifts(name):
		first = 3
	case !run.Done():
		first = 2
	case broken:
		first = 1
	}
	return first, run.Started.UnixNano()
}

func (w *World) drifts(name string) bool {
	for _, environment := range w.Snapshot.Environments {
		if w.slot(environment.Name, name).Drift != "" {
			return true
		}
	}
	return false
}

// lead is how long it took from the commit to the end of a promotion that succeeded; 0 for any other run.
func lead(run promotion.Run) time.Duration {
	committed := run.Plan.Source.Committed
	if run.Plan.Kind != promotion.Promotion || run.Outcome != promotion.Succeeded || committed.IsZero() {
		return 0
	}
	return max(0, run.Finished.Sub(committed))
}

// FleetRow is one service's row.
func (w *World) FleetRow(name string, now time.Time) FleetRow {
	row := FleetRow{Entry: w.newest[name], Service: text.Clean(name), Team: text.Clean(w.services[name].Team)}
	for _, environment := range w.Snapshot.Environments {
		slot := w.slot(environment.Name, name)
		row.Lives = append(row.Lives, slotLive(slot, 0, now))
	}
	if run, found := w.Run(row.Entry.Run); found {
		row.Mark = RunMark(run)
		row.Last = row.Mark.Word
		if run.Plan.Rehearsal() {
			row.Last = "drill: " + row.Last
		}
		if run.Done() {
			row.Last += " " + Age(now, run.Finished)
		}
		if took := lead(run); took > 0 {
			row.Lead = Age(run.Finished, run.Plan.Source.Committed)
		}
	}
	return row
}

// Environments are the titles of the fleet's columns.
func (w *World) Environments() []string {
	var titles []string
	for _, environment := range w.Snapshot.Environments {
		titles = append(titles, Title(environment.Name))
	}
	return titles
}
