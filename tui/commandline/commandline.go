// Package commandline is what Gantry does without its console: one command, its output, and an exit code for scripts.
package commandline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/attach"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/retention"
	"github.com/gantry-cd/gantry/engine/stubs"
)

// Exit codes; scripts rely on them.
const (
	Done           = 0
	Failed         = 1 // failed, and rolled back as the policy says
	Usage          = 2 // usage, configuration, or a refused command
	RollbackFailed = 3
	Waits          = 4 // waits for a person
	NoVerdict      = 5 // errored or stalled
	Interrupted    = 130
)

// Engine is what commands ask of an engine: what every front end does.
type Engine = engine.Engine

// Wiring is how commands get at everything behind the engine's port; main wires it.
type Wiring struct {
	// Open takes the state directory; program is what a second one is told.
	Open func(ctx context.Context, f Files, program string, mode Mode) (Engine, error)
	// Read opens the same to look only, beside whoever holds it.
	Read func(ctx context.Context, f Files) (Engine, error)
	// Validate returns the configuration's warnings and a summary, or every problem it has.
	Validate func(f Files) (warnings []string, summary string, err error)
	// Isolation asks every environment what it really is, a line each, and finds what two of them share.
	Isolation func(ctx context.Context, f Files) (lines, shared []string, err error)
	// Down stops the sandbox and says what it stopped.
	Down func(ctx context.Context, f Files) ([]string, error)
	// Collect shows what nobody needs any more, and removes just that where it is told to.
	Collect func(ctx context.Context, f Files, remove bool, show func(retention.Plan) error) (retention.Plan, error)
	// Console runs the console until it is left.
	Console func(ctx context.Context, e Engine, f Files) error
	// Verify checks that nobody edited the journal, and returns its end.
	Verify func(ctx context.Context, f Files, anchor journal.Anchor) (journal.Anchor, error)
	// Repair writes a damaged journal anew.
	Repair func(ctx context.Context, f Files) (journal.Repaired, error)
	// Serve is the engine of a state directory.
	Serve func(ctx context.Context, f Files, idle Idle, say func(string)) error
	// Find is what the engine says of itself, Dismiss asks it to leave, Restart lets one of this program follow it.
	Find    func(ctx context.Context, f Files) (attach.About, bool, error)
	Dismiss func(ctx context.Context, f Files, how attach.Departure) (attach.About, bool, error)
	Restart func(ctx context.Context, f Files) (before, now attach.About, err error)
	// Stubs are what the services have published.
	Stubs func(f Files) (stubs.Shelf, error)
}

// Mode is what an engine does besides what it is told.
type Mode int

// The modes.
const (
	Rests     Mode = iota // nothing: it applies a command, and starts no stage that it would have to break off
	Obeys                 // nothing before the first command, then as Works
	Works                 // it goes on with what is unfinished
	Watches               // and starts a run for every merge, unless the configuration says not to
	MustWatch             // and is refused where the configuration says not to
)

// Files are the two places that every command works with, as absolute paths.
type Files struct {
	Config string // config.toml
	State  string // the state directory
}

// exit carries an exit code through an error; its message has been told already.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// commands is the whole command line, as kong reads it.
type commands struct {
	Config string `help:"The pipeline's description." default:"${configuration}" type:"path" placeholder:"FILE"`
	State  string `help:"Where Gantry keeps its journal, logs and sandbox; default: .gantry beside the configuration." type:"path" placeholder:"DIR"`

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version, as the command version does."`

	Plain bool `help:"Without a command: the console in sentences, one for every change, and with words instead of keys; for screen readers."`

	Console     consoleCmd     `cmd:"" default:"1" hidden:""`
	Run         runCmd         `cmd:"" help:"Promote a service's working tree, or one commit of it, and follow the run."`
	Status      statusCmd      `cmd:"" help:"What is live where, read from what really runs."`
	Runs        runsCmd        `cmd:"" help:"List the runs, newest first."`
	Show        showCmd        `cmd:"" help:"Show one run: its stages, attempts and reasons."`
	Logs        logsCmd        `cmd:"" help:"Print the log of a stage."`
	Step        stepCmd        `cmd:"" help:"Let one more stage of a paused run start, and follow it."`
	Pause       pauseCmd       `cmd:"" help:"Start no further stage of a run; of one that is on hold, stop the countdown."`
	Extend      extendCmd      `cmd:"" help:"Give a run that is on hold more time before it rolls back."`
	Resume      resumeCmd      `cmd:"" help:"Let a paused run, or one that was interrupted, go on, and follow it."`
	Retry       retryCmd       `cmd:"" help:"Attempt a stage that went wrong again with the same inputs, or an earlier one and all after it, and follow the run."`
	Rerun       rerunCmd       `cmd:"" help:"Start a new run of an earlier run's release, from the build or from an environment."`
	Approve     approveCmd     `cmd:"" help:"Let a run's release into an environment that wants a person's word."`
	Reject      rejectCmd      `cmd:"" help:"Do not let it in; the run ends."`
	Override    overrideCmd    `cmd:"" help:"Wave a run through a verification that went wrong, or a gate that is shut; needs a reason."`
	Abort       abortCmd       `cmd:"" help:"End a run and leave everything as it is, or roll it back."`
	Reprovision reprovisionCmd `cmd:"" help:"Put the release of a run aside, beside what is live, to investigate it."`
	Remove      removeCmd      `cmd:"" help:"Take away what a reprovision put aside."`
	Rollback    rollbackCmd    `cmd:"" help:"Roll one environment back to its last good release; shows the preview first."`
	Hold        holdCmd        `cmd:"" help:"Keep an environment as it is for a service: nothing enters it but a rollback."`
	Release     releaseCmd     `cmd:"" help:"Lift a hold."`
	Veto        vetoCmd        `cmd:"" help:"Keep a release out of an environment, or of all."`
	Allow       allowCmd       `cmd:"" help:"Lift a veto, also that of a rollback."`
	Audit       auditCmd       `cmd:"" help:"Who did what, when, why, and what came of it; or check that the journal was not edited."`
	Numbers     numbersCmd     `cmd:"" help:"How often, how soon and how well: the DORA figures and more, each with its definition."`
	Watch       watchCmd       `cmd:"" help:"Start a run for every merge, without a screen, until interrupted."`
	Engine      engineCmd      `cmd:"" help:"The process that does the work of a state directory: run it here, find it, stop it, or let a new one follow it."`
	Stub        stubCmd        `cmd:"" help:"The stubs that services published: list, pull, serve."`
	Theme       themeCmd       `cmd:"" help:"Show what the console looks like in each theme, or in one with its colours."`
	Init        initCmd        `cmd:"" help:"Look at this repository, and write a config.toml for it in which what could not be guessed is marked."`
	Validate    validateCmd    `cmd:"" help:"Check the configuration and print every problem at once."`
	Down        downCmd        `cmd:"" help:"Stop the sandbox: its services, proxies and registries."`
	GC          gcCmd          `cmd:"" name:"gc" help:"Show which logs and images [keep] lets go, and how much space that makes; --yes removes them."`
	Journal     journalCmd     `cmd:"" help:"Look whether the journal is as it was written: check, export, back up, repair."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

const description = `Promotes microservices from a merge to production, and rolls them back.

Without a command: the console; with --plain in sentences. STAGE is written qa/deploy.

Exit codes: 0 done; 1 failed, rolled back as the policy says; 2 usage, configuration, or a refusal; 3 rollback failed; 4 waits for a person; 5 errored or stalled; 130 interrupted.`

// app is what every command works with.
type app struct {
	ctx       context.Context
	wiring    Wiring
	files     Files
	in        io.Reader
	out, errs io.Writer
	plain     bool                  // the console is to speak
	talks     func(promotion.RunID) // takes a run that would be followed, in a conversation, where changes are told already; nil elsewhere
}

// Main runs one command line and returns the exit code.
func Main(ctx context.Context, w Wiring, args []string, in io.Reader, out, errs io.Writer) int {
	a := &app{ctx: ctx, wiring: w, in: in, out: out, errs: errs}
	if here, err := filepath.Abs(configuration); err == nil && len(args) == 0 { // nothing to understand: the screen is there sooner
		a.files = filesOf(here, "")
		return codeOf(ctx, consoleCmd{}.Run(a), errs)
	}
	return a.do(args)
}

// do does one command line and returns the exit code.
func (a *app) do(args []string) int {
	var c commands
	code := -1
	parser, err := newParser(&c, kong.Writers(a.out, a.errs), kong.Exit(func(n int) { code = n }))
	if err != nil {
		fmt.Fprintln(a.errs, err)
		return Usage
	}
	parsed, err := parser.Parse(args)
	if code >= 0 { // --help has answered
		return code
	}
	if err == nil && c.Plain && parsed.Command() != "console" {
		err = fmt.Errorf("--plain is how the console speaks, and %s has none: leave it out", parsed.Command())
	}
	if err != nil {
		fmt.Fprintf(a.errs, "gantry: %v\nSee gantry --help.\n", err)
		return Usage
	}
	a.files, a.plain = filesOf(c.Config, c.State), c.Plain
	return codeOf(a.ctx, parsed.Run(a), a.errs)
}

// configuration is the file that is read where none is named.
const configuration = "config.toml"

// filesOf are the places that are named; without one for the state it is beside the configuration.
func filesOf(config, state string) Files {
	if state == "" {
		state = filepath.Join(filepath.Dir(config), ".gantry")
	}
	return Files{Config: config, State: state}
}

// usage marks an error as the caller's to mend: exit code 2.
type usage struct{ error }

func (u usage) Unwrap() error { return u.error }

func codeOf(ctx context.Context, err error, errs io.Writer) int {
	var code exit
	switch {
	case err == nil:
		return Done
	case errors.As(err, &code):
		return int(code)
	case ctx.Err() != nil: // whatever it says: it is the interruption's doing
		fmt.Fprintln(errs, "gantry: interrupted, and no run was started or commanded")
		return Interrupted
	}
	fmt.Fprintln(errs, "gantry:", err)
	var refusal *promotion.Refusal
	var held *journal.Held
	var wrong usage
	if errors.As(err, &refusal) || errors.As(err, &held) || errors.As(err, &wrong) {
		return Usage
	}
	return Failed
}

func (a *app) open(program string, mode Mode) (Engine, error) {
	e, err := a.wiring.Open(a.ctx, a.files, program, mode)
	if err != nil {
		return nil, usage{a.asItWas(err)}
	}
	return e, nil
}

func (a *app) read() (Engine, error) {
	e, err := a.wiring.Read(a.ctx, a.files)
	if err != nil {
		return nil, usage{a.asItWas(err)}
	}
	ctx, enough := context.WithCancel(a.ctx)
	defer enough()
	for _, notice := range (<-e.Watch(ctx)).Notices {
		if notice.Error {
			fmt.Fprintln(a.errs, "gantry:", notice.Text)
		}
	}
	return e, nil
}

// Operator is who gives the commands, for the journal: GANTRY_OPERATOR, for a login that several people or a CI system
// share, else the login's name. Nobody is asked to prove it.
func Operator() string {
	if name := strings.TrimSpace(os.Getenv("GANTRY_OPERATOR")); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "operator"
}

func terminal(stream any) bool {
	f, isFile := stream.(*os.File)
	return isFile && term.IsTerminal(int(f.Fd()))
}
