package keys

import "strings"

// names are how the screens are called in a sentence, in the order in which they are named.
var names = []struct {
	screen Screen
	name   string
}{
	{Board, "on the board"}, {Inspector, "in the inspector"}, {Log, "in the log"}, {FleetScreen, "in the fleet"}, {HistoryScreen, "in the history"},
	{ReplayScreen, "in a replay"}, {ReplayLog, "in the log of a replay"}, {CompareScreen, "in a comparison"}, {TimelineScreen, "in the timeline"}, {DryRunScreen, "in a dry run"},
	{AuditScreen, "in the audit"}, {NumbersScreen, "in the numbers"}, {Found, "while the log is searched"}, {Filtered, "while the log is filtered"},
}

// On says on which screens something works: "on the board, in the log".
func (s Screen) On() string {
	var on []string
	for _, n := range names {
		if s&n.screen != 0 {
			on = append(on, n.name)
		}
	}
	return strings.Join(on, ", ")
}
