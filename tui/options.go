package tui

import (
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Options are what the console needs to know.
type Options struct {
	Engine engine.Engine
	In     io.Reader        // nil: standard input
	Out    io.Writer        // nil: standard output
	Env    []string         // as os.Environ gives it
	Actor  string           // in whose name commands are sent; "" is the user of Env
	Now    func() time.Time // nil: time.Now
	// Palette is one of theme.Palettes(), unless GANTRY_THEME or NO_COLOR say otherwise; "" chooses by COLORFGBG.
	Palette string
	// ASCII draws with seven bits only, as GANTRY_ASCII=1 does.
	ASCII bool
	// Mouse lets the mouse work from the start; else a key turns it on.
	Mouse bool
	Keys  keys.Table // nil: keys.Default()
	// State is the state directory, where a panic's report goes; "" is the system's directory for temporary files.
	State string
	// Service is the one to show first; "" is the first of the pipeline.
	Service string
	Calls   Calls
	Shell   Shell
}

// Shell is how the console does what it has no screen for: a command of the command line, which has the terminal
// meanwhile.
type Shell struct {
	Verbs   func() []Verb                           // all that there are; nil: none
	Command func(words []string) (*exec.Cmd, error) // with the console's own configuration and state
}

// Verb is a command of the command line.
type Verb struct {
	Name  string
	Usage string // what it takes: "<service>"
	Help  string
}

// Calls say for what news of a run a person is called: "succeeded", "failed", "waits".
type Calls struct {
	Bell []string // by the terminal's bell
	OSC9 []string // by a notice on the desktop, where the terminal makes one
}

// calls are the calls that the terminal understands.
func (o Options) calls() Calls {
	if term := theme.Environ(o.Env).Getenv("TERM"); term == "linux" || term == "dumb" {
		return Calls{Bell: o.Calls.Bell}
	}
	return o.Calls
}

// theme is what the options and the environment choose.
func (o Options) theme() theme.Options {
	return theme.FromEnvironment(o.Out, o.Env, theme.Options{Palette: o.Palette, ASCII: o.ASCII})
}

func (o Options) withDefaults() Options {
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Keys == nil {
		o.Keys = keys.Default()
	}
	if o.Shell.Verbs == nil {
		o.Shell.Verbs = func() []Verb { return nil }
	}
	if o.State == "" {
		o.State = os.TempDir()
	}
	if o.Actor == "" {
		o.Actor = theme.Environ(o.Env).Getenv("USER")
	}
	if o.Actor == "" {
		o.Actor = "operator"
	}
	return o
}
