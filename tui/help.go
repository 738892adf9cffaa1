package tui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/help"
	"github.com/gantry-cd/gantry/tui/keys"
)

// helpPage is the list of keys, laid over the screen that it was asked for on.
type helpPage struct{ help.View }

func (p *helpPage) key(m *model, k tea.KeyMsg, name string) tea.Cmd {
	again := p.Sought == "" && slices.Contains(m.keys.Of(keys.Help).Keys, name) // the key that opened it
	if again || !p.Key(name, typed(k)) {
		m.lift(p)
	}
	return nil
}

func (p *helpPage) draw(m *model, lines []string) []string {
	return frame.Overlay(m.theme, lines, p.Draw(m.theme, m.helpEntries(), m.w-2, m.h), m.w)
}

// helpEntries are the rows of the table of keys, and why those that do nothing now do nothing.
func (m *model) helpEntries() []help.Entry {
	f := m.facts()
	var entries []help.Entry
	for _, b := range m.keys {
		if b.Help == "" {
			continue
		}
		e := help.Entry{Group: b.Group, Keys: written(b), Words: string(b.Action) + " " + b.Named(f), Does: b.Help, WhyNot: b.Disabled(f)}
		if where := m.keys.Where(b.Action); where&m.mode() == 0 {
			e.Where = "works " + b.Where.On()
		}
		if e.Where == "" && e.WhyNot != "" {
			e.Does = b.Named(f) + ": " + b.Help
		}
		entries = append(entries, e)
	}
	return entries
}

// written is all keys of a binding.
func written(b keys.Binding) string {
	if b.Action == keys.Up {
		return b.Key()
	}
	all := []string{b.Key()}
	for _, k := range b.Keys[1:] {
		all = append(all, keys.Written(k))
	}
	return strings.Join(all, " ")
}
