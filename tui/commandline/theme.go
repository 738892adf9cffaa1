package commandline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/muesli/termenv"
	"golang.org/x/term"

	"github.com/gantry-cd/gantry/tui/preview"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

type themeCmd struct {
	Name string `arg:"" optional:"" help:"Only this one, with its colours."`
}

// Run shows themes: in colour on a terminal, else plain.
func (c themeCmd) Run(a *app) error {
	if err := knownTheme(c.Name); err != nil {
		return usage{err}
	}
	used := a.themeInUse()
	colours := terminal(a.out) && os.Getenv("NO_COLOR") == "" && used.Profile != termenv.Ascii
	switch {
	case c.Name != "":
		return c.one(a, used, colours)
	case !colours:
		return a.listThemes(used)
	}
	for _, name := range theme.Palettes() {
		t := theme.New(theme.Options{Palette: name, Profile: used.Profile, ASCII: used.ASCII})
		fmt.Fprintf(a.out, "%s\n\n", strings.Join(preview.Lines(t, name, about(name, used), a.width()), "\n"))
	}
	return a.howToChoose()
}

// one shows one theme, and what it is made of.
func (c themeCmd) one(a *app, used theme.Options, colours bool) error {
	o := theme.Options{Palette: c.Name, Profile: used.Profile, ASCII: used.ASCII}
	if !colours {
		o.Profile = termenv.Ascii
	}
	t := theme.New(o)
	lines := append(preview.Lines(t, c.Name, about(c.Name, used), a.width()), "")
	lines = append(lines, preview.Colours(t, c.Name)...)
	for _, line := range lines {
		if _, err := fmt.Fprintln(a.out, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

// listThemes names the themes where no colour can be shown.
func (a *app) listThemes(used theme.Options) error {
	for _, name := range theme.Palettes() {
		fmt.Fprintf(a.out, "%s  %s\n", text.Pad(name, 20), about(name, used))
	}
	fmt.Fprintln(a.out)
	return a.howToChoose()
}

func (a *app) howToChoose() error {
	_, err := fmt.Fprint(a.out, "Choose one with GANTRY_THEME=NAME, or for everybody with theme = \"NAME\" under [console] in config.toml.\nOne alone, with its colours: gantry theme NAME\n")
	return err
}

func about(name string, used theme.Options) string {
	if name == used.Palette {
		return theme.About(name) + " (in use)"
	}
	return theme.About(name)
}

// themeInUse is what the console would look like here.
func (a *app) themeInUse() theme.Options {
	pipeline, err := Load(a.files.Config)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(a.errs, "gantry: %s cannot be read, so that the theme which it chooses is left out: gantry validate says why\n", a.files.Config)
	}
	return theme.FromEnvironment(a.out, os.Environ(), theme.Options{Palette: pipeline.Console.Theme, ASCII: pipeline.Console.ASCII})
}

// width is how wide a preview may be.
func (a *app) width() int {
	if f, isFile := a.out.(*os.File); isFile {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			return w
		}
	}
	return 80
}

// knownTheme says that there is no theme of that name; "" is none that is meant.
func knownTheme(name string) error {
	if name == "" || theme.Known(name) {
		return nil
	}
	return fmt.Errorf("there is no theme %q: there are %s", name, strings.Join(theme.Palettes(), ", "))
}
