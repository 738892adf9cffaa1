package commandline

import (
	"errors"
	"fmt"

	"github.com/gantry-cd/gantry/engine/attach"
	"github.com/gantry-cd/gantry/engine/journal"
)

type engineCmd struct {
	Run     engineRunCmd     `cmd:"" default:"1" help:"Work on the state directory, without a screen, until interrupted: unfinished runs, and merges unless watch = false."`
	Status  engineStatusCmd  `cmd:"" help:"Say which engine does the work."`
	Stop    engineStopCmd    `cmd:"" help:"Let the stages under way end, and the engine leave. Unfinished runs go on with the next one."`
	Restart engineRestartCmd `cmd:"" help:"Let the stages under way end, and a new engine, of this version and with this environment, go on."`
}

// Idle is what an engine does while nothing is wanted of it.
type Idle int

// What it may do.
const (
	Stays  Idle = iota // it works on what there is, and stays
	Leaves             // it waits until somebody wants something, and leaves after [engine] idle_exit with nothing to do
	Wakes              // as Leaves, but goes on with what is unfinished
)

type engineRunCmd struct {
	Idle bool `hidden:"" help:"Wait until somebody wants something, and leave after [engine] idle_exit with nothing to do."`
	Wake bool `hidden:"" help:"With --idle: go on with what is unfinished."`
}

// Run is the engine.
func (c engineRunCmd) Run(a *app) error {
	idle := Stays
	switch {
	case c.Idle && c.Wake:
		idle = Wakes
	case c.Idle:
		idle = Leaves
	}
	err := a.wiring.Serve(a.ctx, a.files, idle, func(text string) { fmt.Fprintln(a.errs, "gantry:", text) })
	var held *journal.Held
	if c.Idle && errors.As(err, &held) {
		return exit(attach.Taken)
	}
	return err
}

type engineStatusCmd struct{}

// Run names the engine.
func (engineStatusCmd) Run(a *app) error {
	about, found, err := a.wiring.Find(a.ctx, a.files)
	if err != nil {
		return usage{err}
	}
	if !found {
		fmt.Fprintf(a.out, "no engine works on %s; the next command that needs one starts it\n", a.files.State)
		return nil
	}
	fmt.Fprintf(a.out, "%s of Gantry %s, since %s\n", about, about.Version, about.Since.Local().Format("2006-01-02 15:04"))
	return nil
}

type engineStopCmd struct {
	Now bool `help:"Break off what runs; the next engine tries it again."`
}

// Run lets the engine leave.
func (c engineStopCmd) Run(a *app) error {
	how := attach.Drained
	if c.Now {
		how = attach.AtOnce
	}
	about, found, err := a.wiring.Dismiss(a.ctx, a.files, how)
	switch {
	case err != nil:
		return usage{err}
	case !found:
		fmt.Fprintln(a.out, "no engine works on", a.files.State)
	default:
		fmt.Fprintln(a.out, about, "has left")
	}
	return nil
}

type engineRestartCmd struct{}

// Run lets a new engine follow.
func (engineRestartCmd) Run(a *app) error {
	before, now, err := a.wiring.Restart(a.ctx, a.files)
	if err != nil {
		return usage{err}
	}
	if before.PID != 0 {
		fmt.Fprintln(a.out, before, "has left")
	}
	fmt.Fprintf(a.out, "%s of Gantry %s goes on\n", now, now.Version)
	return nil
}
