package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/logview"
	"github.com/gantry-cd/gantry/tui/present"
)

// follow makes the log pane and the inspector's details go along with the cursor, and asks for the lines they miss.
func (m *model) follow() tea.Cmd {
	if m.world == nil {
		return nil
	}
	m.layout()
	m.freshDialog()
	var cmds []tea.Cmd
	of := m.logOf()
	title, until := m.logTitle(of), m.replayed()
	switch {
	case !m.open.chosen || of.Key != m.open.key || of.WhyNot != m.open.whyNot || until.IsZero() != m.open.until.IsZero():
		cmds = append(cmds, m.choose(of, title))
	case m.open.log == nil && !m.open.asking && of.Live && of.Lines != m.open.lines:
		m.open.asking = true
		cmds = append(cmds, m.work.openLog(of.Key))
	}
	m.log.Retitle(title)
	m.log.Opens(of.Open)
	if of.Lines != m.open.lines || !until.Equal(m.open.until) {
		m.open.lines, m.open.until = of.Lines, until
		m.log.Grown()
	}
	m.leadToCause(of)
	if m.open.log != nil {
		for _, r := range m.log.Want() {
			cmds = append(cmds, m.work.readLog(m.open.log, until, r))
		}
	}
	if m.screen == keys.Inspector {
		cmds = append(cmds, m.investigate())
	}
	if m.screen == keys.TimelineScreen {
		cmds = append(cmds, m.freshTimeline())
	}
	cmds = append(cmds, m.freshPage())
	return tea.Batch(cmds...)
}

// leadToCause shows the line that explains how the attempt ended, once: where it broke is seldom where its log ends. Who
// reads the log, searches it or goes elsewhere in it is left alone.
func (m *model) leadToCause(of present.LogOf) {
	if of.Cause == 0 || m.open.log == nil || m.open.led || m.screen == keys.Log {
		return
	}
	if m.open.led = true; !m.log.Moved() {
		m.log.Reveal(of.Cause - 1)
	}
}

// logOf is which log the pane shows: the newest attempt's of the stage under the cursor, or the evidence while it is read.
// In a replay it is the attempt that was the newest then.
func (m *model) logOf() present.LogOf {
	if m.replaying() {
		return m.replay.logOf()
	}
	if m.open.proof = m.open.proof && m.screen == keys.Log && m.details.key.Run == m.entry.Run; m.open.proof {
		return present.LogOf{Key: engine.AttemptKey{Run: m.entry.Run, Stage: engine.EvidenceLog, Attempt: 1}}
	}
	return m.world.LogOf(m.entry.Run, m.cursor.Stage)
}

// choose turns the log pane to another log.
func (m *model) choose(of present.LogOf, title logview.Title) tea.Cmd {
	closing := m.work.closeLog(m.open.log)
	m.open = openLog{key: of.Key, lines: of.Lines, whyNot: of.WhyNot, chosen: true, pending: m.open.pending, proof: m.open.proof, until: m.replayed()}
	m.log.Show(title, false, of.WhyNot)
	if of.Key.Attempt == 0 {
		return closing
	}
	m.open.asking = true
	return tea.Batch(closing, m.work.openLog(of.Key))
}

// opened takes the log that was asked for, unless another one is wanted by now.
func (m *model) opened(msg logOpened) tea.Cmd {
	if msg.key != m.open.key || m.open.log != nil {
		return m.work.closeLog(msg.log)
	}
	m.open.asking = false
	of := m.logOf()
	if msg.err != nil {
		m.log.Show(m.logTitle(of), false, msg.err.Error())
		return nil
	}
	m.open.log = msg.log
	m.log.Show(m.logTitle(of), true, "")
	if m.open.pending > 0 {
		m.log.Reveal(m.open.pending - 1)
		m.open.pending = 0
	}
	return nil
}

func (m *model) logTitle(of present.LogOf) logview.Title {
	title := logview.Title{Name: string(m.cursor.Stage), Attempt: of.Key.Attempt, Live: of.Live, Drill: of.Drill, Cause: of.Cause, Focused: m.screen&keys.WholeLog != 0}
	switch {
	case m.replaying():
		title.Name = string(m.replay.cursor.Stage)
	case m.open.proof:
		title.Name, title.Attempt = string(engine.EvidenceLog), 0
	}
	title.Keys = m.logHints()
	return title
}
