// Command bare is the least that a program of Bubble Tea does: one full screen of text, until q. Benchmarks measure the
// console's start against it.
package main

import (
	"fmt"
	"os"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

type model struct{ w, h int }

func (m model) Init() tea.Cmd { return nil }

func (m model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
	case tea.KeyMsg:
		if msg.String() == "q" {
			return m, tea.Quit
		}
	}
	return m, nil
}

func (m model) View() string {
	if m.h < 1 {
		return ""
	}
	const words = "promote stage digest verified artifact replica healthy rollout "
	line := strings.Repeat(words, m.w/len(words)+1)[:m.w]
	return strings.Repeat(line+"\n", m.h-1) + "q quit"
}

func main() {
	if _, err := tea.NewProgram(model{}, tea.WithAltScreen()).Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
