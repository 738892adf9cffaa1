package theme

import (
	"io"
	"strings"

	"github.com/muesli/termenv"
)

// Environ is a list of variables, "NAME=value"; the last one of a name counts.
type Environ []string

// Environ is every variable, as termenv asks for them.
func (e Environ) Environ() []string { return e }

// Getenv is the value of a variable.
func (e Environ) Getenv(name string) string {
	for i := len(e) - 1; i >= 0; i-- {
		if key, value, _ := strings.Cut(e[i], "="); key == name {
			return value
		}
	}
	return ""
}

// FromEnvironment completes a choice by what the environment says: GANTRY_THEME, GANTRY_ASCII, NO_COLOR, COLORFGBG, and
// what the terminal can show. A theme that has a twin for light terminals is drawn as that on one. out is the terminal; nothing is written to it.
func FromEnvironment(out io.Writer, env []string, chosen Options) Options {
	e := Environ(env)
	chosen.ASCII = chosen.ASCII || truthy(e.Getenv("GANTRY_ASCII"))
	chosen.Profile = termenv.NewOutput(out, termenv.WithEnvironment(e), termenv.WithTTY(true)).EnvColorProfile()
	if named := e.Getenv("GANTRY_THEME"); named != "" {
		chosen.Palette = named // a person's word, before that of a file which several share
	}
	onLight := lightBackground(e.Getenv("COLORFGBG"))
	switch twin := palettes[chosen.Palette].light; {
	case chosen.Palette == "" && onLight:
		chosen.Palette = "light"
	case chosen.Palette == "":
		chosen.Palette = Default
	case twin != "" && onLight:
		chosen.Palette = twin
	}
	if e.Getenv("NO_COLOR") != "" {
		chosen.Palette = Mono
	}
	if chosen.Palette == Mono && e.Getenv("TERM") != "dumb" {
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
