// Package tui is the console: the board of a pipeline in a terminal, live, and the keys that drive it.
package tui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// frameRate is how often the screen may be drawn a second where the pulse cannot set the pace.
const frameRate = 120

// Run shows the console until it is left, the context ends, or something breaks. It leaves the terminal as it found
// it, with a summary in plain text.
func Run(ctx context.Context, o Options) error {
	o = o.withDefaults()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := synchronized(o.Out)
	m := newModel(o, commands{
		ctx: ctx, engine: o.Engine, actor: o.Actor, after: after, ring: out.ring, noShell: !underShell(), env: o.Env, exec: tea.Exec, files: disk{}, shell: o.Shell,
	})
	in, typed := listen(o.In, time.Now)
	m.haste.pours = typed.pours.Load
	// The subscription is open before the first key can start anything.
	snapshots := o.Engine.Watch(ctx)
	g := &guard{model: m, known: known(ctx, out, snapshots, time.After(frameTime))}
	how := []tea.ProgramOption{
		tea.WithContext(ctx), tea.WithAltScreen(), tea.WithFPS(frameRate), tea.WithInput(in), tea.WithOutput(out),
		tea.WithoutCatchPanics(), tea.WithEnvironment(o.Env), tea.WithFilter(sizeOnce(g.known)),
	}
	if o.Mouse {
		how = append(how, tea.WithMouseCellMotion())
	}
	program := tea.NewProgram(g, how...)
	g.quit, g.pulse.program = program.Quit, program
	defer g.pulse.stop()

	fed := make(chan struct{})
	go func() {
		defer close(fed)
		defer g.catch()
		beats := time.NewTicker(listenEvery)
		defer beats.Stop()
		newFeed(o.Engine, o.Now, program.Send).run(ctx, snapshots, beats.C)
	}()
	_, err := program.Run()
	cancel()
	<-fed
	if m.open.log != nil {
		_ = m.open.log.Close()
	}
	if g.broke() {
		return g.report(o.State)
	}
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		err = nil // asked to end from outside, which is no failure of the console
	}
	if err != nil {
		return fmt.Errorf("the console ended: %w", err)
	}
	return m.leave(o.Out)
}
