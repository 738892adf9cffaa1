package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/tui/keys"
)

// place is what an order takes in one place.
type place int

// The places.
const (
	aRun place = iota
	aService
	anEnvironment
	aStage
	someDays
	aSpeed
	aCommit
	aRelease
	aWay
	aDuration
	someText
)

var placeNames = map[place]string{aRun: "RUN", aService: "SERVICE", anEnvironment: "ENV", aStage: "STAGE", someDays: "DAYS", aSpeed: "SPEED", aCommit: "COMMIT", aRelease: "RELEASE", aWay: "HOW", aDuration: "TIME", someText: "TEXT"}

// order is one thing that can be typed into the palette: a verb of the command line, or what a key does. Its places may
// be left out up to the last one that is needed: then what is on the screen is meant.
type order struct {
	name    string
	action  keys.Action // whose words say what it does, and why not
	takes   []place
	needs   int    // how many of them
	help    string // "" says what the action's does
	looks   bool   // it only shows something
	fetches bool   // …of runs that it fetches itself, where no snapshot holds them
	aside   bool   // the command line does it, the console has no screen for it…
	words   string // …and takes this
	whyNot  func(target) string
	do      func(*model, target) tea.Cmd
}

// orders are all of them, in the order in which they are offered.
func orders() []order {
	drives := func(name string, a keys.Action, takes ...place) order {
		return order{name: name, action: a, takes: takes, do: func(m *model, t target) tea.Cmd { return m.driveTo(a, t) }}
	}
	looks := func(name string, a keys.Action, do func(*model, target) tea.Cmd, takes ...place) order {
		return order{name: name, action: a, takes: takes, looks: true, do: do}
	}
	return []order{
		{name: "run", action: keys.Run, takes: []place{aService, anEnvironment, aCommit}, do: orderRun},
		looks("dry-run", keys.DryRun, func(m *model, t target) tea.Cmd { return m.turnTo(keys.DryRun, t.facts) }, aService),
		{name: "drill", action: keys.Run, takes: []place{aService, aStage, aWay}, needs: 2, do: orderDrill, help: "rehearse a failure of a stage; everything after it is real"},
		drives("pause", keys.Pause, aRun).unless(func(t target) string {
			return refuse(t.facts.Paused && !t.facts.CountsDown(), t.facts.Doing()+" is paused already")
		}).
			saying("start no further stage of a run; of one on hold, stop the countdown"),
		drives("resume", keys.Pause, aRun).unless(func(t target) string { return refuse(!t.facts.Paused, t.facts.Doing()+" is not paused") }).saying("let a paused run go on"),
		drives("step", keys.Step, aRun),
		{name: "extend", action: keys.Extend, takes: []place{aRun, aDuration}, do: orderExtend},
		drives("retry", keys.Retry, aRun),
		drives("retry-from", keys.RetryFrom, aRun, aStage),
		drives("rerun", keys.Rerun, aRun),
		drives("approve", keys.Approve, aRun),
		drives("reject", keys.Reject, aRun),
		drives("override", keys.Override, aRun),
		drives("abort", keys.Abort, aRun),
		drives("abort-rollback", keys.AbortBack, aRun),
		drives("reprovision", keys.Reprovision, aRun).unless(func(t target) string { return refuse(t.facts.Reprovision, "it is aside already: remove it") }).
			saying("put the run's release aside in Dev to investigate it; it never counts as live"),
		drives("remove", keys.Reprovision, aRun).unless(func(t target) string { return refuse(!t.facts.Reprovision, t.facts.Doing()+" has put nothing aside") }).
			saying("take away what a reprovision put aside"),
		{name: "rollback", action: keys.RollBack, takes: []place{aService, anEnvironment, aRelease}, do: orderRollback},
		drives("hold", keys.Hold, aService, anEnvironment).unless(func(t target) string { return t.facts.OnHold }).
			saying("keep an environment as it is for a service: nothing enters it; wants a reason"),
		drives("release", keys.Hold, aService, anEnvironment).unless(func(t target) string {
			return refuse(t.facts.OnHold == "", t.facts.Environment+" is not on hold for "+t.facts.Name())
		}).
			saying("lift a hold"),
		drives("veto", keys.Veto, aRun, anEnvironment).unless(func(t target) string {
			return refuse(t.facts.Vetoed, "it may not enter "+t.facts.Environment+" already")
		}).
			saying("keep a run's release out of an environment, or of all; wants a reason"),
		drives("allow", keys.Veto, aRun, anEnvironment).unless(func(t target) string { return refuse(!t.facts.Vetoed, "it may enter "+t.facts.Environment) }).
			saying("let a vetoed release in again"),
		looks("show", "", orderShow, aRun).saying("the board of a run, however old"),
		looks("logs", "", orderLogs, aRun, aStage).saying("the log of a stage on the whole screen"),
		looks("status", "", orderFleet, someText).saying("what is live where, of the services that hold a text"),
		looks("fleet", keys.Fleet, orderFleet, someText),
		looks("audit", keys.Audit, orderAudit, someText).saying("who did what, when, why, and what came of it; the entries that hold a text"),
		looks("history", keys.History, orderHistory, aService),
		looks("runs", "", orderHistory, aService).saying("the runs of a service, the newest first"),
		looks("timeline", keys.Timeline, orderTimeline, aRun).unless(func(t target) string { return refuse(!t.facts.Exists, "nothing has run yet") }),
		looks("replay", keys.Replay, orderReplay, aRun, aSpeed).unless(func(t target) string { return refuse(!t.facts.Exists, "nothing has run yet") }),
		{name: "compare", action: keys.Compare, takes: []place{aRun, aRun}, needs: 2, looks: true, fetches: true, do: orderCompare, help: "two runs side by side: commits, how long the stages took, tests"},
		looks("numbers", keys.Numbers, orderNumbers, someDays),
		looks("help", keys.Help, orderHelp, someText).saying("every key; those that hold a text"),
	}
}

func (o order) unless(whyNot func(target) string) order {
	o.whyNot = whyNot
	return o
}

func (o order) saying(help string) order {
	o.help = help
	return o
}

func refuse(yes bool, why string) string {
	if yes {
		return why
	}
	return ""
}

// usage is what the order takes: "SERVICE [ENV]".
func (o order) usage() string {
	if o.aside {
		return o.words
	}
	var words []string
	for i, p := range o.takes {
		word := placeNames[p]
		if i >= o.needs {
			word = "[" + word + "]"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// orders are the verbs, then what else a key of the table does on this screen.
func (m *model) orders() []order {
	all := orders()
	named := map[keys.Action]bool{keys.Palette: true, keys.Up: true}
	for _, o := range all {
		named[o.action] = true
	}
	for _, b := range m.keys {
		if named[b.Action] || b.Help == "" || b.Where&m.mode() == 0 {
			continue
		}
		named[b.Action] = true
		all = append(all, order{name: string(b.Action), action: b.Action, looks: true, do: func(m *model, _ target) tea.Cmd { return m.act(b.Action) }})
	}
	return append(all, m.shellOrders(all)...)
}
