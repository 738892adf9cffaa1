package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/board"
	"github.com/gantry-cd/gantry/tui/fleet"
	"github.com/gantry-cd/gantry/tui/inspector"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/logview"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

// model is the whole console. Only Bubble Tea's own goroutine touches it.
type model struct {
	work  commands
	now   time.Time
	clock func() time.Time
	theme *theme.Theme
	keys  keys.Table
	first string // the service to show first
	calls Calls
	mouse bool // it is the console's, and not the terminal's own
	w, h  int

	world  *present.World // nil until the first snapshot
	guest  promotion.Run  // an old run that somebody looks at; no snapshot holds it
	entry  present.Entry  // what the board shows
	cursor board.Cursor
	leads  bool      // the cursor goes along with the run until somebody moves it
	gone   bool      // the engine has stopped
	heard  time.Time // when the engine was last heard of; zero while it is

	screen    keys.Screen
	beneath   keys.Screen // what a log was opened from
	board     *board.Drawer
	shown     shownBoard
	memo      present.Memo
	bars      bars
	log       *logview.View
	open      openLog
	hints     string // the keys at the edge of a log
	inspector inspector.View
	details   details
	fleet     fleet.View
	reading   reading
	past      past
	replay    *replaying // nil: none is open
	gantt     gantt
	listed    listed

	overlays  []overlay // over the screen, the topmost last
	resting   bool      // the inspector opened by itself and takes no key yet
	openedAt  time.Time // when it did
	lastKey   time.Time
	keyBefore time.Time // when the key before the one that is being handled came
	notice    notice
	notices   int
	haste     haste

	spin  int
	due   time.Time // when the next tick comes; zero while none is under way
	ticks int       // numbers them, so that a slow one that is under way is forgotten when things get busy
	sent  int       // commands sent, to number them
}

// shownBoard is the board as presented last; it is presented again when a second has passed or the state has changed.
type shownBoard struct {
	world *present.World
	entry present.Entry
	at    int64
	board present.Board
}

// listed is the fleet's services as listed last.
type listed struct {
	world  *present.World
	filter string
	by     present.Order
	names  []string
}

// openLog is the log that the log pane shows.
type openLog struct {
	key     engine.AttemptKey
	log     engine.Log
	asking  bool
	lines   int // the length it had in the newest snapshot
	whyNot  string
	chosen  bool
	pending int  // the line to reveal once it is open, from 1; 0 none
	proof   bool // it is the evidence, not the log of the stage under the cursor
	led     bool // the line of its cause has been shown, or somebody has chosen otherwise
	// until is the moment of a replay: what was written later is not shown. Zero: the log is shown as it is.
	until time.Time
}

func newModel(o Options, work commands) *model {
	t := theme.New(o.theme())
	return &model{
		work: work, clock: o.Now, now: o.Now(), theme: t, keys: o.Keys, mouse: o.Mouse, first: o.Service, calls: o.calls(),
		screen: keys.Board, board: board.New(t, o.Keys.Of(keys.Run).Key()), log: logview.New(t), leads: true,
	}
}

// Init starts nothing: snapshots come by themselves.
func (m *model) Init() tea.Cmd { return nil }

// Update takes one message. It does no I/O and never waits.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m.now = m.clock()
	m.playOn()
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
	case snapshotMsg:
		cmd = m.take(msg.world)
	case silentMsg:
		m.heard = msg.since
	case engineGone:
		m.gone, m.heard = true, m.now
		cmd = m.say(theme.Bad, m.standstill(msg.sought))
	case tickMsg:
		m.ticked(msg)
	case quietMsg:
		m.wake()
	case pageDue:
		cmd = m.askAgain(msg)
	case noticeOver:
		if msg.n == m.notices {
			m.notice = notice{}
		}
	case tea.KeyMsg:
		cmd = m.key(msg)
	case tea.MouseMsg:
		cmd = m.point(tea.MouseEvent(msg))
	case tea.ResumeMsg:
		cmd = m.mouseAgain()
	case logOpened:
		cmd = m.opened(msg)
	case logPage:
		m.log.Take(msg.page)
	case aroundMsg:
		m.details.around(msg)
	case evidenceMsg:
		m.details.evidence(msg)
	case changesMsg:
		m.details.changed(msg)
	case panicMsg:
		panic(msg.value)
	default:
		cmd = m.answered(msg)
	}
	return m, tea.Batch(cmd, m.follow(), m.tick())
}

// answered takes what the engine answered to a question.
func (m *model) answered(msg tea.Msg) (cmd tea.Cmd) {
	switch msg := msg.(type) {
	case startedMsg:
		cmd = m.started(msg)
	case doneMsg:
		cmd = m.done(msg)
	case pageMsg:
		m.read(msg)
	case savedMsg:
		cmd = m.saved(msg)
	case policyMsg:
		if msg.err != nil {
			cmd = m.say(theme.Bad, sentence(msg.err))
		} else {
			msg.show(msg.previews)
		}
	case previewMsg:
		cmd = m.previewed(msg)
	case visitMsg:
		cmd = m.visited(msg)
	case runsMsg:
		m.listPast(msg)
	case timelineMsg:
		cmd = m.chart(msg)
	case filmMsg:
		cmd = m.roll(msg)
	}
	return cmd
}

// tick keeps the clocks going while something runs. Without that, only ages move, when one becomes another. Of an engine
// that is not heard of nobody knows what moves.
func (m *model) tick() tea.Cmd {
	if m.world == nil || !m.heard.IsZero() {
		return nil
	}
	var pace time.Duration
	switch moves := m.world.Pace(); {
	case moves == present.Moving || m.plays():
		pace = tickEvery
	case moves == present.Waiting:
		pace = waitEvery
	default:
		pace = max(waitEvery, m.world.NextAge(m.now))
	}
	due := m.now.Add(pace)
	if !m.due.IsZero() && !due.Before(m.due) {
		return nil
	}
	m.due = due
	m.ticks++
	return m.work.after(pace, tickMsg{m.ticks})
}

// asOf is the moment that the screen speaks of: now, or when the engine was last heard of.
func (m *model) asOf() time.Time {
	if m.heard.IsZero() {
		return m.now
	}
	return m.heard
}

func (m *model) ticked(t tickMsg) {
	if t.n != m.ticks {
		return
	}
	m.due = time.Time{}
	if m.spin++; m.spin%5 == 0 && m.open.log != nil {
		m.log.Grown()
	}
}
