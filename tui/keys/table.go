// Package keys is the one table of what the keys do. It drives routing, the footer, the help and the documentation.
package keys

import (
	"slices"

	"github.com/gantry-cd/gantry/tui/present"
)

// Action is what a key asks for.
type Action string

// The actions.
const (
	Up          Action = "up"
	Down        Action = "down"
	Left        Action = "left"
	Right       Action = "right"
	Inspect     Action = "inspect"
	OpenRow     Action = "open-row"
	Pause       Action = "pause"
	Step        Action = "step"
	Run         Action = "run"
	Retry       Action = "retry"
	RetryFrom   Action = "retry-from"
	Rerun       Action = "rerun"
	Abort       Action = "abort"
	AbortBack   Action = "abort-and-roll-back"
	RollBack    Action = "rollback"
	Extend      Action = "extend"
	Approve     Action = "approve"
	Reject      Action = "reject"
	Override    Action = "override"
	Hold        Action = "hold"
	Veto        Action = "veto"
	DryRun      Action = "dry-run"
	RunPlan     Action = "run-plan"
	Reprovision Action = "reprovision"
	Audit       Action = "audit"
	Numbers     Action = "numbers"
	NextRun     Action = "next-run"
	PrevRun     Action = "previous-run"
	Fleet       Action = "fleet"
	Sort        Action = "sort"
	PageUp      Action = "page-up"
	PageDown    Action = "page-down"
	Top         Action = "top"
	Bottom      Action = "bottom"
	Wrap        Action = "wrap"
	Search      Action = "search"
	SearchNext  Action = "search-next"
	SearchPrev  Action = "search-previous"
	NextError   Action = "next-error"
	PrevError   Action = "previous-error"
	Filter      Action = "filter"
	MoreContext Action = "more-context"
	LessContext Action = "less-context"
	Times       Action = "times"
	Select      Action = "select"
	Copy        Action = "copy"
	CopyAll     Action = "copy-all"
	Pager       Action = "pager"
	Save        Action = "save"
	Zoom        Action = "zoom"
	Cause       Action = "cause"
	Evidence    Action = "evidence"
	Help        Action = "help"
	Back        Action = "back"
	Quit        Action = "quit"
	Suspend     Action = "suspend"
	Palette     Action = "commands"
	History     Action = "history"
	Replay      Action = "replay"
	Timeline    Action = "timeline"
	Compare     Action = "compare"
	Play        Action = "play"
	Faster      Action = "faster"
	Slower      Action = "slower"
	NextEvent   Action = "next-event"
	PrevEvent   Action = "previous-event"
	Mouse       Action = "mouse"
)

// Screen is what the console shows; a set of them says where a key works.
type Screen int

// The screens.
const (
	Board Screen = 1 << iota
	Inspector
	Log
	FleetScreen
	DryRunScreen
	AuditScreen
	NumbersScreen
	HistoryScreen
	ReplayScreen
	ReplayLog // the log of a replay that is stopped, on the whole screen
	CompareScreen
	TimelineScreen
	Found      // besides one of the others: the log is being searched
	Filtered   // likewise: it shows only what a filter lets through
	OfRun      = Board | Inspector | Log
	Pages      = DryRunScreen | AuditScreen | NumbersScreen | CompareScreen
	Past       = HistoryScreen | Replays | TimelineScreen
	Replays    = ReplayScreen | ReplayLog
	OfLog      = OfRun | Replays // those that show a log
	WholeLog   = Log | ReplayLog
	Everywhere = OfRun | FleetScreen | Pages | Past
)

// Binding is one row of the table.
type Binding struct {
	Action Action
	Keys   []string // as Bubble Tea names them
	Shown  string   // how the keys are written: "↑↓←→"; "" writes the first one
	Words  string   // one or two words for the footer
	Help   string   // a phrase for the help
	Group  string   // the help's heading
	Where  Screen
	Footer int // its place in the footer; 0 leaves it out
	InLog  int // its place in the footer of a log on the whole screen, before all that have none
	// Now tells when the action is what somebody is waited for to do: it then comes first in the footer. nil: never.
	Now func(present.Facts) bool
	// Label gives other words where they depend on the run; nil when they do not.
	Label func(present.Facts) string
	// WhyNot says why the action makes no sense now; "" when it does. nil: it always does.
	WhyNot func(present.Facts) string
}

// Table is every binding, in the order of the help.
type Table []Binding

// Default is the table as it is without any configuration.
func Default() Table { return rows().spelled() }

// rows are the table with keys that a sentence names by their action.
func rows() Table {
	return slices.Concat(moving(), driving(), deciding(), past(), reading(), leaving())
}

func moving() Table {
	return Table{
		{Action: Up, Keys: []string{"up", "k"}, Shown: "↑↓←→", Words: "move", Help: "move between stages; scroll", Group: "Move", Where: Everywhere, Footer: 1, InLog: 1},
		{Action: Down, Keys: []string{"down", "j"}, Where: Everywhere},
		{Action: Left, Keys: []string{"left"}, Where: Everywhere},
		{Action: Right, Keys: []string{"right"}, Where: Everywhere},
		{Action: NextRun, Keys: []string{"tab", "]"}, Shown: "tab", Words: "next run", Help: "the next run or service", Group: "Move", Where: OfRun, Footer: 10},
		{Action: PrevRun, Keys: []string{"shift+tab", "["}, Shown: "shift+tab", Words: "previous run", Help: "the run or service before", Group: "Move", Where: Board | Inspector | Log},
		{Action: Inspect, Keys: []string{"enter"}, Words: "inspect", Help: "look into the stage: cause, environments, tests", Group: "Move", Where: Board, Footer: 2},
		{Action: OpenRow, Keys: []string{"enter"}, Words: "open", Help: "the board of the service, the run or the stage", Group: "Move", Where: FleetScreen | HistoryScreen | TimelineScreen, Footer: 2},
		{Action: Fleet, Keys: []string{"f"}, Words: "fleet", Help: "every service in every environment", Group: "Move", Where: Board | Inspector | FleetScreen, Footer: 9},
		{Action: Sort, Keys: []string{"s"}, Words: "sort", Help: "order the fleet by name, by trouble, by newest run, by lead time", Group: "Move", Where: FleetScreen, Footer: 3},
		{Action: Audit, Keys: []string{"u"}, Words: "audit", Help: "who did what, when, why, and what came of it", Group: "Move", Where: OfRun | FleetScreen | AuditScreen, Footer: 16},
		{Action: Numbers, Keys: []string{"n"}, Words: "numbers", Help: "how often, how fast, how well: the figures with their definitions", Group: "Move", Where: OfRun | FleetScreen | NumbersScreen, Footer: 17},
	}
}

// Find is the binding of a key on a screen.
func (t Table) Find(on Screen, key string) (Binding, bool) {
	for _, b := range t {
		if b.Where&on != 0 && slices.Contains(b.Keys, key) {
			return b, true
		}
	}
	return Binding{}, false
}

// Of is the binding of an action.
func (t Table) Of(a Action) Binding {
	for _, b := range t {
		if b.Action == a {
			return b
		}
	}
	return Binding{Action: a}
}

// Footer is the bindings that a screen's footer shows, in their order: first what somebody is waited for to do.
func (t Table) Footer(on Screen, f present.Facts) []Binding {
	var now, shown []Binding
	for _, b := range t {
		switch {
		case b.Where&on == 0:
		case b.Now != nil && b.Now(f) && b.Disabled(f) == "":
			now = append(now, b)
		case b.Footer > 0, on&WholeLog != 0 && b.InLog > 0:
			shown = append(shown, b)
		}
	}
	place := func(b Binding) int {
		if on&WholeLog != 0 && b.InLog > 0 {
			return b.InLog - len(t)
		}
		return b.Footer
	}
	slices.SortStableFunc(shown, func(a, b Binding) int { return place(a) - place(b) })
	return append(now, shown...)
}

// Key is how the binding's key is written.
func (b Binding) Key() string {
	if b.Shown != "" {
		return b.Shown
	}
	return Written(b.Keys[0])
}

// Named is the binding's words as things stand.
func (b Binding) Named(f present.Facts) string {
	if b.Label != nil {
		return b.Label(f)
	}
	return b.Words
}

// Disabled says why the binding does nothing now; "" when it does.
func (b Binding) Disabled(f present.Facts) string {
	if b.WhyNot == nil {
		return ""
	}
	return b.WhyNot(f)
}

// Where is on which screens an action can be asked for, by any key.
func (t Table) Where(a Action) (on Screen) {
	for _, b := range t {
		if b.Action == a {
			on |= b.Where
		}
	}
	return on
}
