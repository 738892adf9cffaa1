package tui

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

func TestTheFirstFrameIsTheWholeBoard(t *testing.T) {
	_, tty := newTerminal(t)
	story := situation.QARunning()
	snapshots := make(chan engine.Snapshot, 1)
	snapshots <- story.Snapshot()
	c := open(t, story, 1, 1)
	c.m.world = nil
	g := &guard{model: c.m, known: known(t.Context(), tty, snapshots, nil)}
	g.Init()
	if screen := ansi.Strip(g.View()); strings.Count(screen, "\n") != 39 || !strings.Contains(screen, "continuous deployment") || !strings.Contains(screen, "qa/e2e") {
		t.Errorf("the first frame is\n%s", screen)
	}
}

func TestTheSizeThatTheFirstFrameWasMadeForIsNotToldAgain(t *testing.T) {
	small, large := tea.WindowSizeMsg{Width: 80, Height: 24}, tea.WindowSizeMsg{Width: 160, Height: 48}
	told := sizeOnce([]tea.Msg{small})
	for i, step := range []struct {
		msg  tea.Msg
		told bool
	}{{tickMsg{}, true}, {small, false}, {small, true}, {large, true}, {small, true}} {
		if got := told(nil, step.msg) != nil; got != step.told {
			t.Errorf("message %d, %v, is told: %t", i, step.msg, got)
		}
	}
	for name, before := range map[string][]tea.Msg{"unknown": nil, "another": {large}} {
		if told := sizeOnce(before); told(nil, small) == nil {
			t.Errorf("where the size was %s it is not told", name)
		}
	}
}

func TestAConsoleBeginsWithoutAnEngineThatSaysNothing(t *testing.T) {
	late := make(chan time.Time)
	close(late)
	if told := known(t.Context(), nil, nil, late); len(told) != 0 {
		t.Errorf("it knows %v", told)
	}
	gone := make(chan engine.Snapshot)
	close(gone)
	if told := known(t.Context(), nil, gone, nil); len(told) != 0 {
		t.Errorf("of an engine that is gone it knows %v", told)
	}
}
