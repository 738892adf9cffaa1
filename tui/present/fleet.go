package present

import (
	"slices"
	"strings"
	"time"

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
}

// Fleet is the names of every service whose name or team holds the filter.
func (w *World) Fleet(filter string) []string {
	names := w.names()
	if filter == "" {
		return names
	}
	filter = strings.ToLower(filter)
	return slices.DeleteFunc(names, func(name string) bool {
		return !strings.Contains(strings.ToLower(name+" "+w.services[name].Team), filter)
	})
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
