package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/tui/dialog"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/theme"
)

// readLog does what a key asks of the log on the screen.
func (m *model) readLog(a keys.Action) tea.Cmd {
	m.stopFilm()
	switch a {
	case keys.Wrap:
		m.log.ToggleWrap()
	case keys.Times:
		m.log.TurnTimes()
	case keys.SearchNext:
		m.log.Next(1)
	case keys.SearchPrev:
		m.log.Next(-1)
	case keys.NextError:
		m.log.NextError(1)
	case keys.PrevError:
		m.log.NextError(-1)
	case keys.Filter:
		m.prompted(&prompt{sign: "&", does: "filter", done: quietly(m.log.Filter)}, m.log.Filtering())
	case keys.MoreContext:
		m.log.Around(1)
	case keys.LessContext:
		m.log.Around(-1)
	case keys.Select:
		m.log.ToggleSelect()
	case keys.Copy, keys.CopyAll, keys.Pager, keys.Save:
		return m.takeAway(a)
	}
	return nil
}

// takeAway takes lines of the log elsewhere: to the clipboard, into a pager, into a file.
func (m *model) takeAway(a keys.Action) tea.Cmd {
	switch {
	case m.open.log == nil || m.log.Lines() == 0:
		return m.say(theme.Wait, "Not now: there is no line of a log here")
	case !m.haste.meant():
		return m.tooFast()
	}
	all, key := m.log.All(), m.open.key
	if m.replaying() {
		all.To = m.log.Lines() // and not what was written later
	}
	switch a {
	case keys.Copy, keys.CopyAll:
		part, found := all, true
		if a == keys.Copy {
			part, found = m.log.Selected()
		}
		if !found || m.work.ring == nil {
			return m.say(theme.Wait, "Not now: there is no line to copy")
		}
		if m.log.Selecting() {
			m.log.ToggleSelect()
		}
		return m.work.copyLines(key, part)
	case keys.Pager:
		all.Dated = true
		return m.work.openPager(key, all, m.log.First())
	}
	all.Dated = true
	m.prompted(&prompt{sign: "save to ", does: "save", done: func(name string) tea.Cmd {
		switch {
		case strings.TrimSpace(name) == "":
			return nil
		case !m.haste.meant():
			return m.tooFast()
		}
		return tea.Batch(m.say(theme.Muted, "Saving the log…"), m.work.save(saving{key: key, part: all, name: strings.TrimSpace(name)}))
	}}, m.fileName())
	return nil
}

// fileName is a name for a file with the log on the screen.
func (m *model) fileName() string {
	key, service := m.open.key, m.entry.Service
	if m.replaying() {
		service = m.replay.board().Header.Service
	}
	return fmt.Sprintf("%s-run%d-%s-%d.log", service, key.Run, strings.ReplaceAll(string(key.Stage), "/", "-"), key.Attempt)
}

// saved tells what became of a file, or asks before another one is overwritten.
func (m *model) saved(msg savedMsg) tea.Cmd {
	if msg.exists == "" {
		return m.done(doneMsg{said: msg.said, err: msg.err})
	}
	m.notice = notice{}
	m.openDialog(dialog.Dialog{
		Title: "Overwrite the file?", Confirm: "Overwrite", Danger: true,
		Rows: []dialog.Row{{Label: "exists", Text: msg.exists, Role: theme.Strong}},
	}, func(dialog.Dialog) tea.Cmd {
		msg.save.overwrite = true
		return tea.Batch(m.say(theme.Muted, "Saving the log…"), m.work.save(msg.save))
	}).rests = m.now
	return nil
}

// logHints are the keys that are worth saying at the edge of a log.
func (m *model) logHints() string {
	if m.hints != "" {
		return m.hints
	}
	var hints []string
	for _, a := range []keys.Action{keys.Search, keys.Filter, keys.NextError, keys.Wrap} {
		b := m.keys.Of(a)
		hints = append(hints, b.Key()+" "+b.Words)
	}
	m.hints = strings.Join(hints, "  ")
	return m.hints
}
