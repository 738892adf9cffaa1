package present

import (
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

// Fleet is every service whose name or team holds the filter.
func (w *World) Fleet(filter string, now time.Time) []FleetRow {
	newest := map[string]Entry{}
	for _, e := range w.Entries(0) {
		if known, found := newest[e.Service]; !found || e.Run > known.Run {
			newest[e.Service] = e
		}
	}
	filter = strings.ToLower(filter)
	var rows []FleetRow
	for _, name := range w.names() {
		service := w.services[name]
		if filter != "" && !strings.Contains(strings.ToLower(name+" "+service.Team), filter) {
			continue
		}
		row := FleetRow{Entry: newest[name], Service: text.Clean(name), Team: text.Clean(service.Team)}
		for _, environment := range w.Snapshot.Environments {
			row.Lives = append(row.Lives, liveOf(w.slot(environment.Name, name).Live, 0, now))
		}
		if run, found := w.Run(row.Entry.Run); found {
			row.Mark = RunMark(run)
			row.Last = row.Mark.Word
			if run.Done() {
				row.Last += " " + Age(now, run.Finished)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// Environments are the titles of the fleet's columns.
func (w *World) Environments() []string {
	var titles []string
	for _, environment := range w.Snapshot.Environments {
		titles = append(titles, Title(environment.Name))
	}
	return titles
}
