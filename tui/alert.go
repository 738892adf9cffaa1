package tui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
)

const (
	bell       = "\a"
	longNotice = 160 // as many cells of an alert a desktop shows
)

// call calls the person in front of the terminal, who may be looking elsewhere: by its bell, and by what OSC 9 makes of
// it, a notice on the desktop.
func (m *model) call(before *present.World) tea.Cmd {
	rings := false
	var notices strings.Builder
	for _, alert := range present.Alerts(before, m.world) {
		rings = rings || slices.Contains(m.calls.Bell, alert.News)
		if slices.Contains(m.calls.OSC9, alert.News) {
			notices.WriteString("\x1b]9;gantry: " + text.Cut(alert.Text, longNotice) + "\a")
		}
	}
	sequence := notices.String()
	if rings {
		sequence += bell
	}
	if sequence == "" || m.work.ring == nil {
		return nil
	}
	return m.work.call(sequence)
}
