// Gantry promotes microservices from a merge to production, and rolls them back. This file wires one engine, its
// environments and one front end together.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/attach"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/local"
	"github.com/gantry-cd/gantry/engine/stubs"
	"github.com/gantry-cd/gantry/environments"
	"github.com/gantry-cd/gantry/environments/sandbox"
	"github.com/gantry-cd/gantry/tui"
	"github.com/gantry-cd/gantry/tui/commandline"
)

// For how long, and up to how much memory, the program does not look for garbage: what is read at the start is kept, and
// whoever starts it waits.
const (
	calm  = time.Second
	ample = 48 << 20
)

func main() {
	usual, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(ample)
	time.AfterFunc(calm, func() {
		debug.SetGCPercent(usual)
		debug.SetMemoryLimit(limit)
	})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // the second interruption does not wait for anything
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string) int {
	// The process in which a sandbox environment lives on after Gantry itself has ended.
	if len(args) > 0 && args[0] == sandbox.HostCommand {
		if err := sandbox.Host(ctx, args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return commandline.Failed
		}
		return commandline.Done
	}
	return commandline.Main(ctx, wiring(), args, os.Stdin, os.Stdout, os.Stderr)
}

func wiring() commandline.Wiring {
	return commandline.Wiring{
		Open: open,
		Read: func(ctx context.Context, f commandline.Files) (commandline.Engine, error) {
			e, err := read(ctx, f)
			if err != nil { // and no interface around a nil
				return nil, err
			}
			return e, nil
		},
		Validate: validate,
		Verify:   verify,
		Down:     down,
		Console:  console,
		Stubs:    shelf,
	}
}

// forAnother is how long a command waits for another one on the same state directory that will soon be done, or listen.
const forAnother = time.Second

// open is the engine of a state directory: in this process, or in the one that was here first.
func open(ctx context.Context, f commandline.Files, program string, mode commandline.Mode) (commandline.Engine, error) {
	hold := func(ctx context.Context, told string) (*local.Engine, error) {
		options, err := options(f)
		if err != nil {
			return nil, err
		}
		options.Program, options.Told, options.Rests = program, told, mode == commandline.Rests
		if mode == commandline.MustWatch && !options.Pipeline.Watch {
			return nil, fmt.Errorf("%s says watch = false, so that no merge starts a run: set it to true, or start runs with `gantry run`", f.Config)
		}
		options.Asleep = mode == commandline.Obeys && told == "" // who takes over goes on with what was going on
		options.Watch = mode >= commandline.Watches && options.Pipeline.Watch
		return local.Open(ctx, options)
	}
	ways := attach.Ways{
		State: f.State, Patience: forAnother,
		About:  attach.About{Version: commandline.Version(), PID: os.Getpid(), Program: program, Since: time.Now()},
		Caller: attach.Caller{Operator: commandline.Operator(), Program: program},
		Rests:  mode == commandline.Rests,
		Alone:  mode == commandline.MustWatch,
		Say:    func(text string) { fmt.Fprintln(os.Stderr, "gantry:", text) },
		Hold: func(ctx context.Context, told string) (attach.Holder, error) {
			e, err := hold(ctx, told)
			if err != nil {
				return nil, err
			}
			return e, nil
		},
		Read: func(ctx context.Context) (attach.Reader, error) {
			e, err := read(ctx, f)
			if err != nil {
				return nil, err
			}
			return e, nil
		},
	}
	e, err := attach.Open(ctx, ways)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// read is an engine that looks on.
func read(ctx context.Context, f commandline.Files) (*local.Engine, error) {
	options, err := options(f)
	if err != nil {
		return nil, err
	}
	return local.Read(ctx, options)
}

// begun is the configuration as the engine of this process read it last.
var begun atomic.Pointer[config.Pipeline]

func options(f commandline.Files) (local.Options, error) {
	pipeline, err := commandline.Load(f.Config)
	if err != nil {
		return local.Options{}, err
	}
	begun.Store(&pipeline)
	return local.Options{
		Pipeline: pipeline,
		State:    f.State,
		Environments: func(p config.Pipeline, e config.Environment) (engine.Environment, error) {
			return environments.New(p, e, f.State)
		},
		Stubs:     environments.Stubs(f.State),
		Published: environments.PublishedStubs(f.State),
	}, nil
}

func validate(f commandline.Files) (warnings []string, summary string, err error) {
	pipeline, err := commandline.Load(f.Config)
	if err != nil {
		return nil, "", err
	}
	return pipeline.Warnings, fmt.Sprintf("%s is valid: %d services through %d environments", f.Config, len(pipeline.Services), len(pipeline.Environments)), nil
}

// shelf is what the services of a pipeline have published.
func shelf(f commandline.Files) (stubs.Shelf, error) {
	pipeline, err := commandline.Load(f.Config)
	if err != nil {
		return stubs.Shelf{}, err
	}
	s := stubs.Shelf{Store: environments.Stubs(f.State)}
	for _, service := range pipeline.Services {
		s.Services = append(s.Services, service.Name)
	}
	for _, environment := range pipeline.Environments {
		if environment.StubChannel != "" {
			s.Channels = append(s.Channels, environment.StubChannel)
		}
	}
	return s, nil
}

// verify checks the journal of a state directory, also while an engine writes it.
func verify(ctx context.Context, f commandline.Files, anchor journal.Anchor) (journal.Anchor, error) {
	reader, err := journal.OpenReader(f.State)
	if err != nil {
		return journal.Anchor{}, err
	}
	defer reader.Close()
	return reader.Verify(ctx, anchor)
}

func down(ctx context.Context, f commandline.Files) ([]string, error) {
	lock, err := journal.Acquire(f.State, "gantry down", time.Now())
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	return sandbox.Down(ctx, f.State)
}

func console(ctx context.Context, e commandline.Engine, f commandline.Files) error {
	pipeline := begun.Load() // there is an engine, so it has been read
	return tui.Run(ctx, tui.Options{Engine: e, Actor: commandline.Operator(), In: os.Stdin, Out: os.Stdout, Env: os.Environ(), Now: time.Now, State: f.State,
		Calls:   tui.Calls{Bell: pipeline.Console.Bell, OSC9: pipeline.Console.OSC9},
		Palette: pipeline.Console.Theme, ASCII: pipeline.Console.ASCII, Mouse: pipeline.Console.Mouse, Keys: commandline.Keys(pipeline.Console)})
}
