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
	Up         Action = "up"
	Down       Action = "down"
	Left       Action = "left"
	Right      Action = "right"
	Inspect    Action = "inspect"
	OpenRow    Action = "open-row"
	Pause      Action = "pause"
	Step       Action = "step"
	Run        Action = "run"
	Retry      Action = "retry"
	Abort      Action = "abort"
	RollBack   Action = "rollback"
	NextRun    Action = "next-run"
	PrevRun    Action = "previous-run"
	Fleet      Action = "fleet"
	PageUp     Action = "page-up"
	PageDown   Action = "page-down"
	Top        Action = "top"
	Bottom     Action = "bottom"
	Wrap       Action = "wrap"
	Search     Action = "search"
	SearchNext Action = "search-next"
	SearchPrev Action = "search-previous"
	Zoom       Action = "zoom"
	Cause      Action = "cause"
	Help       Action = "help"
	Back       Action = "back"
	Quit       Action = "quit"
	Suspend    Action = "suspend"
)

// Screen is what the console shows; a set of them says where a key works.
type Screen int

// The screens.
const (
	Board Screen = 1 << iota
	Inspector
	Log
	FleetScreen
	Everywhere = Board | Inspector | Log | FleetScreen
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
	// Label gives other words where they depend on the run; nil when they do not.
	Label func(present.Facts) string
	// WhyNot says why the action makes no sense now; "" when it does. nil: it always does.
	WhyNot func(present.Facts) string
}

// Table is every binding, in the order of the help.
type Table []Binding

// Default is the table as it is without any configuration.
func Default() Table {
	return slices.Concat(moving(), driving(), reading(), leaving())
}

func moving() Table {
	return Table{
		{Action: Up, Keys: []string{"up", "k"}, Shown: "↑↓←→", Words: "move", Help: "move between stages; scroll", Group: "Move", Where: Everywhere, Footer: 1},
		{Action: Down, Keys: []string{"down", "j"}, Where: Everywhere},
		{Action: Left, Keys: []string{"left", "h"}, Where: Everywhere},
		{Action: Right, Keys: []string{"right", "l"}, Where: Everywhere},
		{Action: NextRun, Keys: []string{"tab", "]"}, Shown: "tab", Words: "next run", Help: "the next run or service", Group: "Move", Where: Board | Inspector | Log, Footer: 10},
		{Action: PrevRun, Keys: []string{"shift+tab", "["}, Shown: "shift+tab", Words: "previous run", Help: "the run or service before", Group: "Move", Where: Board | Inspector | Log},
		{Action: Inspect, Keys: []string{"enter"}, Words: "inspect", Help: "look into the stage: cause, environments, tests", Group: "Move", Where: Board, Footer: 2},
		{Action: OpenRow, Keys: []string{"enter"}, Words: "open", Help: "the board of the service", Group: "Move", Where: FleetScreen, Footer: 2},
		{Action: Fleet, Keys: []string{"f"}, Words: "fleet", Help: "every service in every environment", Group: "Move", Where: Board | Inspector | FleetScreen, Footer: 9},
	}
}

func driving() Table {
	return Table{
		{Action: Run, Keys: []string{"r"}, Words: "run", Help: "start a run of this service", Group: "Drive", Where: Everywhere, Footer: 3, WhyNot: noService},
		{Action: Pause, Keys: []string{" "}, Shown: "space", Words: "pause", Help: "pause or resume: no further stage starts", Group: "Drive", Where: Board | Inspector | Log, Footer: 4,
			Label: func(f present.Facts) string {
				if f.Paused {
					return "resume"
				}
				return "pause"
			}, WhyNot: notDriven},
		{Action: Step, Keys: []string{"s"}, Words: "step", Help: "let one more stage start, then pause", Group: "Drive", Where: Board | Inspector | Log, Footer: 5, WhyNot: noStep},
		{Action: Retry, Keys: []string{"t"}, Words: "retry", Help: "attempt the stage again, with the same inputs", Group: "Drive", Where: Board | Inspector | Log, Footer: 6, WhyNot: noRetry},
		{Action: RollBack, Keys: []string{"b"}, Words: "roll back", Help: "roll an environment back; shows first what it would do", Group: "Drive", Where: Board | Inspector, Footer: 7, WhyNot: noRollBack},
		{Action: Abort, Keys: []string{"x"}, Words: "abort", Help: "end the run and leave everything as it is; asks first", Group: "Drive", Where: Board | Inspector | Log, Footer: 8, WhyNot: noAbort},
	}
}

func reading() Table {
	return Table{
		{Action: Zoom, Keys: []string{"z"}, Words: "zoom", Help: "the log on the whole screen, and back", Group: "Log", Where: Board | Inspector | Log, Footer: 11},
		{Action: Cause, Keys: []string{"enter"}, Words: "log", Help: "the log, at the line that explains a failure", Group: "Log", Where: Inspector, Footer: 2},
		{Action: Search, Keys: []string{"/"}, Words: "search", Help: "search the log", Group: "Log", Where: Board | Inspector | Log | FleetScreen, Footer: 12},
		{Action: SearchNext, Keys: []string{"n"}, Words: "next match", Help: "the next match", Group: "Log", Where: Board | Inspector | Log},
		{Action: SearchPrev, Keys: []string{"N"}, Words: "match before", Help: "the match before", Group: "Log", Where: Board | Inspector | Log},
		{Action: PageUp, Keys: []string{"pgup", "ctrl+b"}, Shown: "PgUp", Words: "page up", Help: "a page back", Group: "Log", Where: Everywhere},
		{Action: PageDown, Keys: []string{"pgdown", "ctrl+f"}, Shown: "PgDn", Words: "page down", Help: "a page on", Group: "Log", Where: Everywhere},
		{Action: Top, Keys: []string{"g", "home"}, Words: "top", Help: "the first line", Group: "Log", Where: Everywhere},
		{Action: Bottom, Keys: []string{"G", "end"}, Words: "follow", Help: "the last line, and follow", Group: "Log", Where: Everywhere},
		{Action: Wrap, Keys: []string{"w"}, Words: "wrap", Help: "wrap long lines, or not", Group: "Log", Where: Board | Inspector | Log},
	}
}

func leaving() Table {
	return Table{
		{Action: Help, Keys: []string{"?"}, Words: "help", Help: "this page", Group: "Console", Where: Everywhere, Footer: 13},
		{Action: Back, Keys: []string{"esc"}, Words: "back", Help: "close what is open", Group: "Console", Where: Everywhere},
		{Action: Quit, Keys: []string{"q", "ctrl+c"}, Words: "quit", Help: "leave; asks when runs are under way", Group: "Console", Where: Everywhere, Footer: 14},
		{Action: Suspend, Keys: []string{"ctrl+z"}, Words: "suspend", Help: "back to the shell for a while", Group: "Console", Where: Everywhere},
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

// Footer is the bindings that a screen's footer shows, in their order.
func (t Table) Footer(on Screen) []Binding {
	var shown []Binding
	for _, b := range t {
		if b.Footer > 0 && b.Where&on != 0 {
			shown = append(shown, b)
		}
	}
	slices.SortStableFunc(shown, func(a, b Binding) int { return a.Footer - b.Footer })
	return shown
}

// Key is how the binding's key is written.
func (b Binding) Key() string {
	if b.Shown != "" {
		return b.Shown
	}
	return b.Keys[0]
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
