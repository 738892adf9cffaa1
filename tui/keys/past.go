package keys

// withTimeline are the screens on which g is the timeline, and not the first line.
const withTimeline = Board | Inspector | HistoryScreen | TimelineScreen

// past are the keys for what has been.
func past() Table {
	return Table{
		{Action: History, Keys: []string{"h"}, Words: "history", Help: "the runs of a service, the newest first", Group: "Look back", Where: OfRun | FleetScreen | HistoryScreen | TimelineScreen, Footer: 11},
		{Action: Timeline, Keys: []string{"g"}, Words: "timeline", Help: "the run as a chart of time: what worked, what waited, and what its end waited for", Group: "Look back",
			Where: withTimeline, Footer: 12},
		{Action: Replay, Keys: []string{"p"}, Words: "replay", Help: "the run once more on the board as it went, 1 to 64 times as fast; changes nothing", Group: "Look back",
			Where: Board | Inspector | HistoryScreen | TimelineScreen | ReplayScreen, Footer: 18},
		{Action: Compare, Keys: []string{"c"}, Words: "compare", Help: "in the history: mark a run, then compare another one with it", Group: "Look back", Where: HistoryScreen, Footer: 4},
		{Action: Play, Keys: []string{" "}, Shown: "space", Words: "stop/go on", Help: "in a replay: stop it, or let it go on", Group: "Look back", Where: ReplayScreen, Footer: 2},
		{Action: Faster, Keys: []string{"+", "="}, Words: "faster", Help: "in a replay: twice as fast", Group: "Look back", Where: ReplayScreen, Footer: 3},
		{Action: Slower, Keys: []string{"-"}, Words: "slower", Help: "in a replay: half as fast", Group: "Look back", Where: ReplayScreen, Footer: 4},
		{Action: NextEvent, Keys: []string{"tab", "]"}, Words: "next event", Help: "in a replay: on to the next event", Group: "Look back", Where: ReplayScreen, Footer: 5},
		{Action: PrevEvent, Keys: []string{"shift+tab", "["}, Words: "event before", Help: "in a replay: back to the event before", Group: "Look back", Where: ReplayScreen, Footer: 6},
	}
}
