// Gantry promotes microservices from a merge to production, and rolls them back. This file wires one engine, its
// environments and one front end together.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/attach"
	"github.com/gantry-cd/gantry/engine/audit"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/local"
	"github.com/gantry-cd/gantry/engine/process"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/retention"
	"github.com/gantry-cd/gantry/engine/startup"
	"github.com/gantry-cd/gantry/engine/stubs"
	"github.com/gantry-cd/gantry/environments"
	"github.com/gantry-cd/gantry/environments/sandbox"
	"github.com/gantry-cd/gantry/tui"
	"github.com/gantry-cd/gantry/tui/commandline"
)

func main() {
	time.AfterFunc(startup.Calm, startup.Over)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // the second interruption does not wait for anything
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string) int {
	// The process in which a sandbox environment lives on after Gantry itself has ended.
	if len(args) > 0 && args[0] == sandbox.HostCommand {
		if err := environments.Host(ctx, args[1:]); err != nil {
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
		Validate: validate, Isolation: isolation,
		Verify:  verify,
		Repair:  repair,
		Down:    down,
		Collect: collect,
		Console: console,
		Stubs:   shelf,
		Serve:   serve,
		Find: func(ctx context.Context, f commandline.Files) (attach.About, bool, error) {
			return attach.Find(ctx, f.State)
		},
		Dismiss: func(ctx context.Context, f commandline.Files, how attach.Departure) (attach.About, bool, error) {
			return attach.Dismiss(ctx, f.State, how, attach.Errand{})
		},
		Restart: restart,
	}
}

// forAnother is how long a command waits for another one on the same state directory that will soon be done, or listen.
const forAnother = time.Second

// open is the engine of a state directory: the process that does its work, which is started when none is there; or, for
// what is done at once and starts nothing, one in this process.
func open(ctx context.Context, f commandline.Files, program string, mode commandline.Mode) (commandline.Engine, error) {
	loading := begin(func() (config.Pipeline, error) { return commandline.Load(f.Config) })
	var before *local.Engine // what the directory says, read while the configuration is
	var unread error
	if mode != commandline.Rests {
		before, unread = local.Read(ctx, optionsOf(config.Pipeline{}, f))
	}
	pipeline, err := loading()
	if err != nil {
		return nil, errors.Join(err, closed(before))
	}
	if mode == commandline.MustWatch && !pipeline.Watch {
		_ = closed(before)
		return nil, fmt.Errorf("%s says watch = false, so that no merge starts a run: set it to true, or start runs with `gantry run`", f.Config)
	}
	ways := attach.Ways{
		State: f.State, Patience: forAnother, About: aboutThis(),
		Caller: attach.Caller{Operator: commandline.Operator(), Program: program, Wants: wants(mode, pipeline)},
		Read: func(ctx context.Context) (attach.Reader, error) {
			e, err := before, unread
			if e == nil && err == nil {
				e, err = local.Read(ctx, optionsOf(pipeline, f))
			}
			if err != nil { // and no interface around a nil
				return nil, err
			}
			e.Configure(pipeline)
			return e, nil
		},
		Engine: func() (*exec.Cmd, error) { return inBackground(f) },
	}
	if mode == commandline.Rests {
		ways.Brief = func(ctx context.Context) (attach.Holder, error) {
			e, err := hold(ctx, f, program, func(o *local.Options) { o.Rests = true })
			if err != nil {
				return nil, err
			}
			return e, nil
		}
	}
	begun.Store(&pipeline)
	e, err := attach.Open(ctx, ways)
	if client, attaches := e.(*attach.Client); attaches && (mode == commandline.Works || mode == commandline.MustWatch) {
		if err := client.Reach(ctx); err != nil {
			return nil, errors.Join(err, client.Close())
		}
	}
	return e, err
}

// closed closes an engine where there is one.
func closed(e *local.Engine) error {
	if e == nil {
		return nil
	}
	return e.Close()
}

// begin begins to do something that takes a while; what it gives is what came of it.
func begin[T any](do func() (T, error)) func() (T, error) {
	result := sync.OnceValues(do)
	go func() { _, _ = result() }()
	return result
}

// wants is what an engine does for the sake of a program that looks on.
func wants(mode commandline.Mode, pipeline config.Pipeline) attach.Wants {
	switch {
	case mode >= commandline.Watches && pipeline.Watch:
		return attach.Merges
	case mode >= commandline.Works:
		return attach.Work
	}
	return attach.Nothing
}

// hold is an engine of this process, which holds the state directory.
func hold(ctx context.Context, f commandline.Files, program string, change func(*local.Options)) (*local.Engine, error) {
	o, err := options(f)
	if err != nil {
		return nil, err
	}
	o.Program = program
	change(&o)
	return local.Open(ctx, o)
}

// engineProgram is what an engine calls itself.
const engineProgram = "gantry engine"

// aboutThis is what an engine of this program says of itself.
func aboutThis() attach.About {
	return attach.About{Version: commandline.Version(), Build: process.Build(), PID: os.Getpid(), Program: engineProgram, Since: time.Now()}
}

// inBackground is the command that becomes an engine which leaves when it has nothing to do.
func inBackground(f commandline.Files, more ...string) (*exec.Cmd, error) {
	cmd, err := process.Self(append([]string{"engine", "run", "--idle", "--config", f.Config, "--state", f.State}, more...)...)
	if err != nil {
		return nil, err
	}
	cmd.Dir = filepath.Dir(f.Config) // and not where somebody happens to stand
	return cmd, nil
}

// serve is the engine of a state directory, until ctx ends, it is asked to leave, or, unless it stays, nothing is left to do.
func serve(ctx context.Context, f commandline.Files, idle commandline.Idle, say func(string)) error {
	e, err := hold(ctx, f, engineProgram, func(o *local.Options) { o.Asleep = true }) // until somebody wants something
	if err != nil {
		return err
	}
	pipeline, err := commandline.Load(f.Config)
	if err != nil {
		return errors.Join(err, e.Close())
	}
	s := attach.Serving{
		State: f.State, Say: say,
		About: aboutThis(),
		Wants: wants(commandline.Watches, pipeline),
	}
	if idle != commandline.Stays {
		s.Wants, s.Idle = attach.Nothing, pipeline.IdleExit
	}
	if idle == commandline.Wakes {
		e.Wake()
	}
	return attach.Serve(ctx, e, s)
}

// restart lets a new engine, of this program, go on where the one that there is has ended the stages under way.
func restart(ctx context.Context, f commandline.Files) (before, now attach.About, err error) {
	if before, _, err = attach.Dismiss(ctx, f.State, attach.Succeeded, attach.Errand{}); err != nil {
		return before, now, err
	}
	ways := attach.Ways{State: f.State, Patience: forAnother, Engine: func() (*exec.Cmd, error) { return inBackground(f, "--wake") }}
	now, err = attach.Reach(ctx, ways)
	return before, now, err
}

// read is an engine that looks on.
func read(ctx context.Context, f commandline.Files) (*local.Engine, error) {
	options, err := options(f)
	if err != nil {
		return nil, err
	}
	return local.Read(ctx, options)
}

// begun is the configuration with which this process got at an engine.
var begun atomic.Pointer[config.Pipeline]

func options(f commandline.Files) (local.Options, error) {
	pipeline, err := commandline.Load(f.Config)
	if err != nil {
		return local.Options{}, err
	}
	return optionsOf(pipeline, f), nil
}

func optionsOf(pipeline config.Pipeline, f commandline.Files) local.Options {
	return local.Options{
		Pipeline: pipeline,
		State:    f.State,
		Environments: func(p config.Pipeline, e config.Environment) (engine.Environment, error) {
			return environments.New(p, e, f.State)
		},
		Stubs: func(p config.Pipeline) stubs.Store {
			return environments.Stubs(p, f.State)
		},
		Published: func(p config.Pipeline) stubs.Reader {
			return environments.PublishedStubs(p, f.State)
		},
	}
}

func validate(f commandline.Files) (warnings []string, summary string, err error) {
	pipeline, err := commandline.Load(f.Config)
	if err != nil {
		return nil, "", err
	}
	return pipeline.Warnings, fmt.Sprintf("%s is valid: %d services through %d environments", f.Config, len(pipeline.Services), len(pipeline.Environments)), nil
}

// isolation is what the environments say that they own, and what two of them share.
func isolation(ctx context.Context, f commandline.Files) (lines, shared []string, err error) {
	pipeline, err := commandline.Load(f.Config)
	if err != nil {
		return nil, nil, err
	}
	owned, shared := environments.Isolation(ctx, pipeline, f.State)
	var unknown []error
	for _, o := range owned {
		for _, thing := range o.Things {
			lines = append(lines, o.Environment+": "+thing.String())
		}
		unknown = append(unknown, o.Err)
	}
	return lines, shared, errors.Join(unknown...)
}

// shelf is what the services of a pipeline have published.
func shelf(f commandline.Files) (stubs.Shelf, error) {
	pipeline, err := commandline.Load(f.Config)
	if err != nil {
		return stubs.Shelf{}, err
	}
	s := stubs.Shelf{Store: environments.Stubs(pipeline, f.State)}
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

// repair mends the journal of a state directory that nobody works on.
func repair(ctx context.Context, f commandline.Files) (journal.Repaired, error) {
	lock, err := alone(ctx, f, "journal repair", attach.Errand{})
	if err != nil {
		return journal.Repaired{}, err
	}
	defer lock.Release()
	return journal.Repair(ctx, f.State, time.Now)
}

func down(ctx context.Context, f commandline.Files) ([]string, error) {
	lock, err := alone(ctx, f, "down", attach.Errand{})
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	return environments.Down(ctx, f.State)
}

// alone takes the state directory for a command beside which nothing may be under way. Of an errand the audit tells that it
// was in vain.
func alone(ctx context.Context, f commandline.Files, command promotion.Verb, errand attach.Errand) (*journal.Lock, error) {
	if _, _, err := attach.Dismiss(ctx, f.State, attach.WhenIdle, errand); err != nil {
		return nil, &promotion.Refusal{Verb: command, Why: err.Error(), Instead: "end that first, or break it off with `gantry engine stop --now`"}
	}
	return journal.Acquire(f.State, "gantry "+string(command), time.Now())
}

// collect shows what nobody needs any more. What it removes is what it has shown: meanwhile nothing else is under way.
func collect(ctx context.Context, f commandline.Files, remove bool, show func(retention.Plan) error) (retention.Plan, error) {
	if remove {
		lock, err := alone(ctx, f, audit.Collect, attach.Errand{Verb: audit.Collect, Operator: commandline.Operator()})
		if err != nil {
			return retention.Plan{}, err
		}
		defer lock.Release()
	}
	plan, err := unused(ctx, f)
	if err == nil {
		err = show(plan)
	}
	if err != nil && remove {
		err = local.CollectionRefused(ctx, f.State, err, commandline.Operator(), time.Now)
	}
	if err == nil && remove {
		err = local.Collect(ctx, f.State, plan, commandline.Operator(), time.Now)
	}
	return plan, err
}

// unused is what neither [keep] nor anything that goes on or can be gone back to needs.
func unused(ctx context.Context, f commandline.Files) (retention.Plan, error) {
	var plan retention.Plan
	pipeline, err := commandline.Load(f.Config)
	if err != nil {
		return plan, err
	}
	if _, err := os.Stat(filepath.Join(f.State, journal.File)); err != nil {
		return plan, fmt.Errorf("without its journal nobody knows what of %s is needed, and nothing is removed: %w", f.State, err)
	}
	e, err := read(ctx, f)
	if err != nil {
		return plan, err
	}
	defer e.Close()
	kept, err := e.Retained(ctx, pipeline.Keep)
	if err != nil {
		return plan, err
	}
	if plan.Items, err = retention.Runs(f.State, kept.Expired); err != nil {
		return plan, err
	}
	images, err := sandbox.Unused(f.State, kept.Images, time.Now().Add(-pipeline.Keep.Age))
	plan.Items = append(plan.Items, images...)
	plan.Sort()
	return plan, err
}

func console(ctx context.Context, e commandline.Engine, f commandline.Files) error {
	pipeline := begun.Load() // there is an engine, so it has been read
	return tui.Run(ctx, tui.Options{Engine: e, Actor: commandline.Operator(), In: os.Stdin, Out: os.Stdout, Env: os.Environ(), Now: time.Now, State: f.State,
		Calls:   tui.Calls{Bell: pipeline.Console.Bell, OSC9: pipeline.Console.OSC9},
		Palette: pipeline.Console.Theme, ASCII: pipeline.Console.ASCII, Mouse: pipeline.Console.Mouse, Keys: commandline.Keys(pipeline.Console), Shell: shell(f)})
}

// shell is what the console has the command line do.
func shell(f commandline.Files) tui.Shell {
	return tui.Shell{
		Verbs: sync.OnceValue(func() (verbs []tui.Verb) {
			for _, v := range commandline.Verbs() {
				verbs = append(verbs, tui.Verb(v))
			}
			return verbs
		}),
		Command: func(words []string) (*exec.Cmd, error) {
			return process.Self(append([]string{"--config", f.Config, "--state", f.State}, words...)...)
		},
	}
}
