package tui

import (
	"io"
	"os"
	"strings"
	"time"

	"github.com/muesli/termenv"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Options are what the console needs to know.
type Options struct {
	Engine engine.Engine
	In     io.Reader        // nil: standard input
	Out    io.Writer        // nil: standard output
	Env    []string         // as os.Environ gives it
	Actor  string           // in whose name commands are sent
	Now    func() time.Time // nil: time.Now
	// Palette is one of theme.Palettes(); "" chooses by GANTRY_THEME, NO_COLOR and COLORFGBG.
	Palette string
	// ASCII draws with seven bits only, as GANTRY_ASCII=1 does.
	ASCII bool
	// Reports is the directory where a panic's report goes; "" is the system's for temporary files.
	Reports string
	// Service is the one to show first; "" is the first of the pipeline.
	Service string
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
	if o.Reports == "" {
		o.Reports = os.TempDir()
	}
	return o
}

// env is a list of variables, "NAME=value"; the last one of a name counts.
type env []string

// Environ is every variable.
func (e env) Environ() []string { return e }

// Getenv is the value of a variable.
func (e env) Getenv(name string) string {
	for i := len(e) - 1; i >= 0; i-- {
		if key, value, _ := strings.Cut(e[i], "="); key == name {
			return value
		}
	}
	return ""
}

// themeOptions reads from the environment what nobody has chosen.
func (o Options) themeOptions() theme.Options {
	e := env(o.Env)
	chosen := theme.Options{Palette: o.Palette, ASCII: o.ASCII || truthy(e.Getenv("GANTRY_ASCII"))}
	chosen.Profile = termenv.NewOutput(o.Out, termenv.WithEnvironment(e), termenv.WithTTY(true)).EnvColorProfile()
	if chosen.Palette == "" {
		chosen.Palette = e.Getenv("GANTRY_THEME")
	}
	if chosen.Palette == "" && lightBackground(e.Getenv("COLORFGBG")) {
		chosen.Palette = "light"
	}
	if e.Getenv("NO_COLOR") != "" {
		chosen.Palette = "none"
	}
	if chosen.Palette == "none" && e.Getenv("TERM") != "dumb" {
		// No colours, but bold and reverse still tell things apart.
		chosen.Profile = termenv.ANSI
	}
	return chosen
}

func truthy(s string) bool { return s != "" && s != "0" && s != "false" }

// lightBackground reads COLORFGBG, "0;15": the background is the last field, and 7 and 15 are the light ones.
func lightBackground(s string) bool {
	fields := strings.Split(s, ";")
	last := fields[len(fields)-1]
	return last == "7" || last == "15"
}
