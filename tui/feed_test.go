package tui

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// hearing is an engine that tells when it was heard of last.
type hearing struct {
	engine.Engine
	at time.Time
}

func (h *hearing) Heard() time.Time { return h.at }

func TestAnEngineThatIsNotHeardOfIsToldOfUntilItIsAgain(t *testing.T) {
	now := situation.Start
	e := &hearing{at: now}
	var told []tea.Msg
	f := newFeed(e, func() time.Time { return now }, func(m tea.Msg) { told = append(told, m) })
	beat := func(seconds int) { now = situation.Start.Add(time.Duration(seconds) * time.Second); f.listen() }
	beat(1)
	beat(2)
	if len(told) != 0 {
		t.Fatalf("after two seconds it is said %v", told)
	}
	beat(3)
	beat(4)
	e.at = situation.Start.Add(4 * time.Second)
	beat(5)
	beat(6)
	if want := []tea.Msg{silentMsg{situation.Start}, silentMsg{situation.Start}, silentMsg{}}; !slices.Equal(told, want) {
		t.Errorf("it was said %v, want %v", told, want)
	}
}

func TestASnapshotIsASignOfLife(t *testing.T) {
	now := situation.Start
	var told []tea.Msg
	f := newFeed(&hearing{at: now}, func() time.Time { return now }, func(m tea.Msg) { told = append(told, m) })
	now = now.Add(time.Minute)
	f.listen()
	ctx, cancel := context.WithCancel(t.Context())
	snapshots := make(chan engine.Snapshot, 1)
	snapshots <- engine.Snapshot{}
	close(snapshots)
	cancel()
	f.run(ctx, snapshots, nil)
	if len(told) < 2 || told[0] != (silentMsg{situation.Start}) || told[1] != (silentMsg{}) {
		t.Errorf("it was said %v", told)
	}
}

func TestAnEngineThatCannotTellIsTakenToBeThere(t *testing.T) {
	now := situation.Start
	f := newFeed(situation.NewEngine(situation.New()), func() time.Time { return now }, func(m tea.Msg) { t.Errorf("it is said %v", m) })
	now = now.Add(time.Hour)
	f.listen()
}

func TestTheHeaderSaysThatTheEngineIsNotHeardOfAndTheClocksStandStill(t *testing.T) {
	c := open(t, situation.QARunning(), 120, 40)
	c.sees("● running 2m14s", "1 running · continuous deployment")
	heard := c.now
	for _, size := range [][2]int{{120, 40}, {40, 12}} {
		c.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		c.now = heard.Add(3 * time.Second)
		c.send(silentMsg{heard})
		c.send(silentMsg{heard})
		c.sees("engine last heard 3s ago")
		c.now = c.now.Add(70 * time.Second)
		c.send(silentMsg{heard})
		c.sees("! engine last heard 1m13s ago", "e2e", "41s")
		timers := len(c.timers)
		c.send(silentMsg{heard})
		if len(c.timers) != timers {
			t.Error("the clocks tick though nobody knows what they would show")
		}
		c.send(silentMsg{})
		c.seesNot("last heard")
		c.sees("running 3m", "1m54s")
	}
}

func TestWhileTheJournalCannotBeWrittenTheScreenSaysSo(t *testing.T) {
	const full = "the journal cannot be written, nothing further starts until it can: the disk is full, free some space"
	story := situation.QARunning()
	story.Base.Halted = full
	c := open(t, story, 160, 48) // it was told of long before
	c.sees("free some space")
	c.send(noticeOver{c.m.notices})
	for _, size := range [][2]int{{160, 48}, {80, 24}, {40, 12}} {
		c.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		c.sees("! journal not writable")
		c.press("f")
		c.sees("! journal not writable")
		c.press("esc")
	}
	c.tell(func(s *situation.Story) { s.Base.Halted = "" })
	c.seesNot("writable", "cannot be written")
	c.tell(func(s *situation.Story) { s.Base.Halted = full })
	c.send(tea.WindowSizeMsg{Width: 160, Height: 48})
	c.sees("● running", "! journal not writable", "free some space")
	c.send(noticeOver{c.m.notices})
	c.sees("the journal cannot be written, nothing further starts")
}

func TestWhereThereIsLittleRoomTheOtherRunsComeBeforeTheMode(t *testing.T) {
	c := open(t, situation.DevMovedOn(), 80, 24)
	if m := len(c.m.world.Entries(c.m.entry.Run)); m < 3 {
		t.Fatalf("the situation has %d entries only", m)
	}
	c.seesNot("continuous deployment")
	c.send(tea.WindowSizeMsg{Width: 160, Height: 48})
	c.sees("continuous deployment")
}

func TestOthersAreShownWithWhatTheyAskedFor(t *testing.T) {
	c := open(t, situation.SlowAndDrifted(), 200, 40)
	c.sees("◉ bob is here", "· grace: approve prod of run 41, 4m ago", "≠ drift: 9ab01fe runs, but 3f9c1e2 should", "△ slower than usual (p95 1m00s)")
	c.seesNot("ada", "linus") // that is who looks, and who has long gone
}

// gone is an engine that has ended, and is there again when it is reached for the second time.
type gone struct {
	engine.Engine
	reached int
	again   chan engine.Snapshot
}

func (g *gone) Watch(context.Context) <-chan engine.Snapshot { return g.again }

func (g *gone) Reach(context.Context) error {
	if g.reached++; g.reached < 2 {
		return errors.New("config.toml:3: no such key")
	}
	return nil
}

func TestAnEngineThatCouldNotBeFollowedIsLookedForUntilOneIsThere(t *testing.T) {
	e := &gone{again: make(chan engine.Snapshot, 1)}
	var told []tea.Msg
	ctx, cancel := context.WithCancel(t.Context())
	f := newFeed(e, func() time.Time { return situation.Start }, func(m tea.Msg) {
		if told = append(told, m); len(told) == 2 {
			cancel()
		}
	})
	before := make(chan engine.Snapshot)
	close(before)
	e.again <- engine.Snapshot{Seq: 7}
	beats := make(chan time.Time)
	go func() {
		for ctx.Err() == nil {
			select {
			case beats <- situation.Start:
			case <-ctx.Done():
			}
		}
	}()
	f.run(ctx, before, beats)
	if len(told) != 2 || told[0] != (engineGone{sought: true}) {
		t.Fatalf("it was said %v", told)
	}
	if back, is := told[1].(snapshotMsg); !is || back.world.Snapshot.Seq != 7 || e.reached != 2 {
		t.Errorf("it was said %v after %d tries", told, e.reached)
	}
}

func TestWhoLeavesDoesNotWaitForAnEngine(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := newFeed(&gone{}, func() time.Time { return situation.Start }, func(tea.Msg) { cancel() })
	before := make(chan engine.Snapshot)
	close(before)
	f.run(ctx, before, nil)
}
