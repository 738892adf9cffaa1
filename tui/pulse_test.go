package tui

import (
	"io"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// looking is a program that looks for its own ticker and ends.
type looking struct {
	program *tea.Program
	found   bool
}

func (l *looking) Init() tea.Cmd { return tea.Quit }

func (l *looking) Update(tea.Msg) (tea.Model, tea.Cmd) { return l, nil }

func (l *looking) View() string {
	l.found = tickerOf(l.program) != nil
	return ""
}

func TestTheTickerThatBubbleTeaDrawsByIsFound(t *testing.T) {
	l := &looking{}
	l.program = tea.NewProgram(l, tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithoutSignalHandler())
	if _, err := l.program.Run(); err != nil {
		t.Fatal(err)
	}
	if !l.found {
		t.Error("the ticker is not where it was: an idle console takes two per cent of a core")
	}
}

func TestAProgramWithoutARendererHasNoTicker(t *testing.T) {
	if ticker := tickerOf(tea.NewProgram(&looking{}, tea.WithoutRenderer())); ticker != nil {
		t.Error("a ticker was found where none is")
	}
}
