package tui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"
)

// overlay is what lies over the screen and takes every key while it does. The topmost one is asked first.
type overlay interface {
	key(m *model, k tea.KeyMsg, name string) tea.Cmd
	// draw lays it over the lines of the screen.
	draw(m *model, lines []string) []string
}

// lay puts an overlay on top.
func (m *model) lay(o overlay) { m.overlays = append(m.overlays, o) }

// lift takes an overlay away, wherever it lies.
func (m *model) lift(o overlay) {
	m.overlays = slices.DeleteFunc(m.overlays, func(other overlay) bool { return other == o })
}

// top is the overlay that takes the keys; nil when the screen does.
func (m *model) top() overlay {
	if n := len(m.overlays); n > 0 {
		return m.overlays[n-1]
	}
	return nil
}

// typed is the text that a key types.
func typed(k tea.KeyMsg) string {
	if k.Type == tea.KeyRunes || k.Type == tea.KeySpace {
		return string(k.Runes)
	}
	return ""
}
