// Gantry promotes microservices from a merge to production, and rolls them back. This file is the command line: flags
// in, one engine and one front end wired together.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"os/user"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/local"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments"
	"github.com/gantry-cd/gantry/environments/sandbox"
	"github.com/gantry-cd/gantry/tui"
	"github.com/gantry-cd/gantry/tui/plain"
)

// Exit codes; scripts rely on them.
const (
	exitDone           = 0
	exitFailed         = 1 // failed, and rolled back as the policy says
	exitUsage          = 2 // usage or configuration
	exitRollbackFailed = 3
	exitWaits          = 4 // waits for a person
	exitNoVerdict      = 5 // errored or stalled
	exitInterrupted    = 130
)

// exit carries an exit code through an error; its message, if any, has been told already.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

var cli struct {
	Config string `help:"The pipeline's description." default:"config.toml" type:"path" placeholder:"FILE"`
	State  string `help:"Where Gantry keeps its journal, logs and sandbox; default: .gantry beside the configuration." type:"path" placeholder:"DIR"`

	Console  consoleCmd  `cmd:"" default:"1" hidden:"" help:"The console."`
	Run      runCmd      `cmd:"" help:"Promote a service's working tree, or one commit of it, and follow the run."`
	Status   statusCmd   `cmd:"" help:"What is live where, read from what really runs."`
	Runs     runsCmd     `cmd:"" help:"List the runs, newest first."`
	Show     showCmd     `cmd:"" help:"Show one run: stages, attempts, reasons."`
	Logs     logsCmd     `cmd:"" help:"Print the log of a stage."`
	Retry    retryCmd    `cmd:"" help:"Attempt a failed stage again with the same inputs, and follow the run."`
	Step     stepCmd     `cmd:"" help:"Let one more stage of a paused run start, and follow it."`
	Resume   resumeCmd   `cmd:"" help:"Let a paused run go on, and follow it."`
	Abort    abortCmd    `cmd:"" help:"End a run and leave everything as it is."`
	Rollback rollbackCmd `cmd:"" help:"Roll one environment back to its last good release; shows the preview first."`
	Watch    watchCmd    `cmd:"" help:"Start a run for every merge, without a screen, until interrupted."`
	Validate validateCmd `cmd:"" help:"Check the configuration and print every problem at once."`
	Down     downCmd     `cmd:"" help:"Stop the sandbox: its services, proxies and registries."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == sandbox.HostCommand {
		os.Exit(hostMain(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// hostMain is the process in which a sandbox environment lives on after Gantry itself has ended.
func hostMain(args []string) int {
	if err := sandbox.Host(context.Background(), args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	}
	return exitDone
}

func run(ctx context.Context, args []string, out, errs io.Writer) int {
	parser, err := kong.New(&cli, kong.Name("gantry"), kong.UsageOnError(), kong.Writers(out, errs),
		kong.Description("Promotes microservices from a merge to production, and rolls them back.\n\nWithout a command: the console. STAGE is written qa/deploy.\n\n"+
			"Exit codes: 0 done; 1 failed, rolled back as the policy says; 2 usage or configuration; 3 rollback failed; 4 waits for a person; 5 errored or stalled; 130 interrupted."))
	if err != nil {
		fmt.Fprintln(errs, err)
		return exitUsage
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(errs, "gantry: %v\nSee gantry --help.\n", err)
		return exitUsage
	}
	if cli.State == "" {
		cli.State = filepath.Join(filepath.Dir(cli.Config), ".gantry")
	}
	return codeOf(parsed.Run(ctx, &app{ctx: ctx, out: out, errs: errs}), errs)
}

func codeOf(err error, errs io.Writer) int {
	var code exit
	var problems *config.Problems
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &problems):
		fmt.Fprintln(errs, err)
		return exitUsage
	}
	fmt.Fprintln(errs, "gantry:", err)
	var refusal *promotion.Refusal
	if errors.As(err, &refusal) {
		return exitUsage
	}
	return exitFailed
}

// app is what every command works with.
type app struct {
	ctx       context.Context
	out, errs io.Writer
}

// open takes the state directory and goes on with what is unfinished.
func (a *app) open(program string, watch bool) (*local.Engine, error) {
	options, err := a.options()
	if err != nil {
		return nil, err
	}
	options.Program, options.Watch = program, watch && options.Pipeline.Watch
	return local.Open(a.ctx, options)
}

// read opens the journal beside whoever holds it, to look and not to touch.
func (a *app) read() (*local.Engine, error) {
	options, err := a.options()
	if err != nil {
		return nil, err
	}
	return local.Read(a.ctx, options)
}

func (a *app) options() (local.Options, error) {
	pipeline, err := config.Load(cli.Config)
	if err != nil {
		return local.Options{}, err
	}
	state, err := filepath.Abs(cli.State)
	if err != nil {
		return local.Options{}, fmt.Errorf("state directory %s: %w", cli.State, err)
	}
	return local.Options{
		Pipeline: pipeline, State: state,
		Environments: func(p config.Pipeline, e config.Environment) (engine.Environment, error) { return environments.New(p, e, state) },
		Stubs:        environments.Stubs(state),
	}, nil
}

// actor is who gives the commands, for the journal.
func actor() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "operator"
}

// follow follows a run to its end, or to where a person is needed, and returns the exit code that says which.
func (a *app) follow(e *local.Engine, id promotion.RunID, output string) error {
	end, err := plain.Follow(a.ctx, e, id, a.out, plain.Options{Format: a.format(output), Width: width()})
	if a.ctx.Err() != nil {
		fmt.Fprintf(a.errs, "\nrun %d stops here and goes on at the next start of gantry; end it with: gantry abort %d\n", id, id)
		return exit(exitInterrupted)
	}
	if err != nil {
		return err
	}
	if code := followed(end); code != exitDone {
		return exit(code)
	}
	return nil
}

func followed(r promotion.Run) int {
	switch r.Outcome {
	case promotion.Succeeded, promotion.LeftAlone:
		return exitDone
	case promotion.RolledBack:
		if r.Plan.Kind == promotion.Rollback {
			return exitDone
		}
		return exitFailed
	case promotion.RollbackFailed:
		return exitRollbackFailed
	case "":
		if _, stage, ok := r.Current(); ok && stage.Bad() && stage.State != promotion.StateFailed {
			return exitNoVerdict
		}
		return exitWaits
	}
	return exitFailed
}

func (a *app) format(output string) string {
	if output == "" && terminal(a.out) {
		return "progress"
	}
	if output == "" {
		return "plain"
	}
	return output
}

func terminal(w any) bool {
	f, isFile := w.(*os.File)
	return isFile && term.IsTerminal(int(f.Fd()))
}

func width() int {
	if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
		return w
	}
	return 100
}

type consoleCmd struct{}

func (consoleCmd) Run(a *app) error {
	if !terminal(os.Stdin) || !terminal(a.out) {
		e, err := a.read()
		if err != nil {
			return err
		}
		defer e.Close()
		fmt.Fprintln(a.out, "The console needs a terminal. Without one: gantry run SERVICE, gantry status, gantry --help. What is live:")
		list, err := e.Status(a.ctx, "")
		if err != nil {
			return err
		}
		return plain.Status(a.out, list, "plain")
	}
	e, err := a.open("gantry", true)
	if err != nil {
		return err
	}
	err = tui.Run(a.ctx, tui.Options{Engine: e, In: os.Stdin, Out: os.Stdout, Actor: actor(), Now: time.Now, Env: os.Environ(), State: cli.State})
	return errors.Join(err, e.Close())
}

type runCmd struct {
	Service string `arg:"" help:"The service to promote."`
	Commit  string `help:"Build exactly this commit, from a checkout of its own." placeholder:"REV"`
	Until   string `help:"Stop after this environment." placeholder:"ENV"`
	Step    bool   `help:"Start paused: one stage at a time."`
	Drill   string `help:"Rehearse a failure: STAGE[=fail|error|hang|crash]." placeholder:"STAGE"`
	Output  string `help:"plain or json; default: progress on a terminal, plain in a pipe." enum:",plain,json" default:""`
}

func (c runCmd) Run(a *app) error {
	drill, err := parseDrill(c.Drill)
	if err != nil {
		return err
	}
	e, err := a.open("gantry run "+c.Service, false)
	if err != nil {
		return err
	}
	defer e.Close()
	id, err := e.Start(a.ctx, engine.StartRequest{Service: c.Service, Commit: c.Commit, Until: c.Until, Step: c.Step, Drill: drill, Actor: actor(), Trigger: "operator"})
	if err != nil {
		fmt.Fprintln(a.errs, "gantry:", err)
		return exit(exitUsage)
	}
	return a.follow(e, id, c.Output)
}

func parseDrill(text string) (*promotion.Drill, error) {
	if text == "" {
		return nil, nil
	}
	stage, how, found := strings.Cut(text, "=")
	if !found {
		how = "fail"
	}
	return &promotion.Drill{Stage: promotion.StageID(stage), How: how}, nil
}

type statusCmd struct {
	Service string `arg:"" optional:"" help:"Only this service."`
	Output  string `help:"plain or json." enum:"plain,json" default:"plain"`
}

func (c statusCmd) Run(a *app) error {
	e, err := a.read()
	if err != nil {
		return err
	}
	defer e.Close()
	list, err := e.Status(a.ctx, c.Service)
	if err != nil {
		return err
	}
	return plain.Status(a.out, list, c.Output)
}

type runsCmd struct {
	Service string `arg:"" optional:"" help:"Only this service."`
	Output  string `help:"plain or json." enum:"plain,json" default:"plain"`
}

func (c runsCmd) Run(a *app) error {
	e, err := a.read()
	if err != nil {
		return err
	}
	defer e.Close()
	return plain.Runs(a.out, e.Runs(c.Service), c.Output, time.Now())
}

type showCmd struct {
	Run_   promotion.RunID `arg:"" name:"run" help:"The run's number."`
	Output string          `help:"plain or json." enum:"plain,json" default:"plain"`
}

func (c showCmd) Run(a *app) error {
	e, err := a.read()
	if err != nil {
		return err
	}
	defer e.Close()
	return plain.Show(a.out, e, c.Run_, c.Output)
}

type logsCmd struct {
	Run_    promotion.RunID   `arg:"" name:"run" help:"The run's number."`
	Stage   promotion.StageID `arg:"" help:"The stage, as qa/deploy."`
	Attempt int               `help:"Which attempt; default: the latest."`
	Follow  bool              `help:"Go on until the attempt ends."`
}

func (c logsCmd) Run(a *app) error {
	e, err := a.read()
	if err != nil {
		return err
	}
	defer e.Close()
	return plain.Logs(a.ctx, a.out, e, c.Run_, c.Stage, c.Attempt, c.Follow)
}

// command gives a run one command and follows what comes of it.
func (a *app) command(id promotion.RunID, verb promotion.Verb, stage promotion.StageID, reason, output string) error {
	e, err := a.open(fmt.Sprintf("gantry %s %d", verb, id), false)
	if err != nil {
		return err
	}
	defer e.Close()
	if err := e.Command(a.ctx, promotion.Command{
		ID: fmt.Sprintf("%s-%d-%d", verb, os.Getpid(), time.Now().UnixNano()), Run: id, Verb: verb, Stage: stage, Actor: actor(), Reason: reason,
	}); err != nil {
		return err
	}
	if verb == promotion.VerbAbort {
		fmt.Fprintf(a.out, "run %d is aborted; everything stays as it is\n", id)
		return nil
	}
	return a.follow(e, id, output)
}

type retryCmd struct {
	Run_   promotion.RunID   `arg:"" name:"run" help:"The run's number."`
	Stage  promotion.StageID `arg:"" optional:"" help:"The stage; default: the one that failed."`
	Reason string            `help:"Why, for the journal."`
	Output string            `help:"plain or json." enum:",plain,json" default:""`
}

func (c retryCmd) Run(a *app) error { return a.command(c.Run_, promotion.VerbRetry, c.Stage, c.Reason, c.Output) }

type stepCmd struct {
	Run_   promotion.RunID `arg:"" name:"run" help:"The run's number."`
	Output string          `help:"plain or json." enum:",plain,json" default:""`
}

func (c stepCmd) Run(a *app) error { return a.command(c.Run_, promotion.VerbStep, "", "", c.Output) }

type resumeCmd struct {
	Run_   promotion.RunID `arg:"" name:"run" help:"The run's number."`
	Output string          `help:"plain or json." enum:",plain,json" default:""`
}

func (c resumeCmd) Run(a *app) error { return a.command(c.Run_, promotion.VerbResume, "", "", c.Output) }

type abortCmd struct {
	Run_   promotion.RunID `arg:"" name:"run" help:"The run's number."`
	Reason string          `help:"Why, for the journal."`
}

func (c abortCmd) Run(a *app) error { return a.command(c.Run_, promotion.VerbAbort, "", c.Reason, "") }

type rollbackCmd struct {
	Service     string `arg:"" help:"The service."`
	Environment string `arg:"" name:"env" help:"The environment to roll back; no other one is touched."`
	To          string `help:"A release that was live there: digest, version or commit; default: the last good one." placeholder:"RELEASE"`
	Reason      string `help:"Why, for the journal."`
	Yes         bool   `help:"Do not ask."`
	Output      string `help:"plain or json." enum:",plain,json" default:""`
}

func (c rollbackCmd) Run(a *app) error {
	e, err := a.open("gantry rollback "+c.Service, false)
	if err != nil {
		return err
	}
	defer e.Close()
	request := engine.RollbackRequest{Service: c.Service, Environment: c.Environment, To: c.To, Actor: actor(), Reason: c.Reason}
	preview, err := e.Preview(a.ctx, request)
	if err != nil {
		return err
	}
	plain.Preview(a.out, preview)
	if preview.Refused != "" {
		return exit(exitUsage)
	}
	if !c.Yes {
		if !terminal(os.Stdin) {
			return fmt.Errorf("a rollback is not done unasked: run it on a terminal, or add --yes after reading the preview")
		}
		if !plain.Confirm(os.Stdin, a.out, preview) {
			return exit(exitWaits)
		}
	}
	id, err := e.RollBack(a.ctx, request)
	if err != nil {
		return err
	}
	return a.follow(e, id, c.Output)
}

type watchCmd struct {
	Output string `help:"plain or json." enum:"plain,json" default:"plain"`
}

func (c watchCmd) Run(a *app) error {
	e, err := a.open("gantry watch", true)
	if err != nil {
		return err
	}
	defer e.Close()
	return plain.Watch(a.ctx, e, a.out, c.Output)
}

type validateCmd struct{}

func (validateCmd) Run(a *app) error {
	pipeline, err := config.Load(cli.Config)
	if err != nil {
		return err
	}
	for _, warning := range pipeline.Warnings {
		fmt.Fprintln(a.out, "warning:", warning)
	}
	fmt.Fprintf(a.out, "%s is valid: %d services through %d environments\n", cli.Config, len(pipeline.Services), len(pipeline.Environments))
	return nil
}

type downCmd struct{}

func (downCmd) Run(a *app) error {
	state, err := filepath.Abs(cli.State)
	if err != nil {
		return err
	}
	lock, err := journal.Acquire(state, "gantry down", time.Now())
	if err != nil {
		return fmt.Errorf("%w: stop it first, then the sandbox", err)
	}
	defer lock.Release()
	stopped, err := sandbox.Down(a.ctx, state)
	for _, name := range stopped {
		fmt.Fprintln(a.out, "stopped", name)
	}
	if err == nil && len(stopped) == 0 {
		fmt.Fprintln(a.out, "nothing runs in", state)
	}
	return err
}

type versionCmd struct{}

func (versionCmd) Run(a *app) error {
	version := "devel"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		version = info.Main.Version
	}
	_, err := fmt.Fprintf(a.out, "gantry %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
