package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/tui/dialog"
	"github.com/gantry-cd/gantry/tui/frame"
)

// asking is a dialog over the screen, and what it would do.
type asking struct {
	dialog  dialog.Dialog
	confirm func(dialog.Dialog) tea.Cmd
	show    func(dialog.Dialog) tea.Cmd // what the button does that only shows more; nil where the dialog has none
	// fresh, where it is not nil, brings up to date what the dialog says: times pass, and a run goes on, while somebody types.
	fresh func(*dialog.Dialog)
	// rests since then: the dialog opened by itself, and takes no key but esc until the input has been quiet.
	rests time.Time
}

// openDialog asks a question; confirm gets it with what was typed and chosen. Nothing else stays open: what lay over the
// screen has led to the question.
func (m *model) openDialog(d dialog.Dialog, confirm func(dialog.Dialog) tea.Cmd) *asking {
	a := &asking{dialog: d, confirm: confirm}
	m.overlays = []overlay{a}
	return a
}

func (a *asking) key(m *model, k tea.KeyMsg, name string) tea.Cmd {
	if since := a.rests; !since.IsZero() && name != "esc" && name != "ctrl+c" {
		if m.keyBefore.After(since) {
			since = m.keyBefore
		}
		if m.now.Sub(since) < quietBefore {
			return nil
		}
		a.rests = time.Time{}
	}
	next, answer := a.dialog.Key(name, typed(k))
	if answer == dialog.Confirmed && !m.haste.meant() {
		return m.tooFast()
	}
	a.dialog = next
	if answer == dialog.Open {
		return nil
	}
	m.lift(a)
	switch {
	case answer == dialog.Confirmed && a.confirm != nil:
		return a.confirm(next)
	case answer == dialog.Shown && a.show != nil:
		return a.show(next)
	}
	return nil
}

// freshDialog brings the dialog on the screen up to date.
func (m *model) freshDialog() {
	if a, asks := m.top().(*asking); asks && a.fresh != nil {
		a.fresh(&a.dialog)
	}
}

func (a *asking) draw(m *model, lines []string) []string {
	return frame.Overlay(m.theme, lines, a.dialog.Draw(m.theme, m.w, m.h), m.w)
}
