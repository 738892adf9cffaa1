package commandline

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/config/draft"
	"github.com/gantry-cd/gantry/engine/survey"
)

type initCmd struct {
	Print  bool   `help:"Write it to standard output, and no file." xor:"where"`
	Output string `help:"Write it to another file than config.toml." type:"path" placeholder:"FILE" xor:"where"`
}

// Run drafts a configuration for the repository that --config lies in. It never overwrites one.
func (c initCmd) Run(a *app) error {
	file, repository := a.files.Config, filepath.Dir(a.files.Config)
	if c.Output != "" {
		file = c.Output
	}
	if _, err := os.Lstat(file); err == nil && !c.Print {
		return there(file)
	}
	below, err := filepath.Rel(filepath.Dir(file), repository)
	if err != nil {
		return usage{fmt.Errorf("say in %s where %s is: %w", file, repository, err)}
	}
	found, err := survey.Look(os.DirFS(repository), filepath.Base(repository))
	if err != nil {
		return usage{fmt.Errorf("look at %s: %w", repository, err)}
	}
	d, err := draft.Write(found, filepath.ToSlash(below))
	if err != nil {
		return usage{err}
	}
	if _, err := words().Parse(filepath.Base(file), d.Text, filepath.Dir(file)); err != nil {
		return fmt.Errorf("what was drafted for %s is not valid, which is a fault of Gantry's; nothing was written:\n%w", repository, err)
	}
	if c.Print {
		fmt.Fprint(a.out, d.Text)
		report(a.errs, d, found.Left)
		return nil
	}
	if err := write(file, d.Text); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "wrote %s, which is valid: %s\n", file, counted(len(d.Services), "service"))
	report(a.out, d, found.Left)
	fmt.Fprintf(a.out, "\nNext: read it, then gantry validate, then gantry run %s --dry-run\n", d.Services[0].Name)
	return nil
}

func there(file string) error {
	return usage{fmt.Errorf("%s is there already, and is never overwritten: see what would be written with `gantry init --print`, or write it to another file with `gantry init --output FILE`", file)}
}

// write makes a file that is not there yet.
func write(file, text string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return there(file)
	}
	if err != nil {
		return usage{fmt.Errorf("write the configuration: %w", err)}
	}
	_, err = io.WriteString(f, text)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the configuration: %w", errors.Join(err, os.Remove(file)))
	}
	return nil
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// report lists what was found, what could not be guessed with what to do about it, and what was left out.
func report(w io.Writer, d draft.Draft, left []survey.Left) {
	width := 0
	for _, s := range d.Services {
		width = max(width, len(s.Name))
	}
	fmt.Fprint(w, "\nFound:\n")
	for _, s := range d.Services {
		fmt.Fprintf(w, "  %-*s  %s: %s\n", width, s.Name, s.Dir, s.Found)
	}
	fmt.Fprint(w, "\nNot guessed, and marked in the file:\n")
	for _, o := range together(d.Open) {
		fmt.Fprintf(w, "  %s\n", o.What)
		switch n := strings.Count(o.Service, ", ") + 1; {
		case n > 1 && n == len(d.Services):
			fmt.Fprint(w, "      of every service\n")
		case o.Service != "" && len(d.Services) > 1:
			fmt.Fprintf(w, "      of %s\n", o.Service)
		}
		fmt.Fprintf(w, "      %s\n", o.Do)
	}
	if len(left) == 0 {
		return
	}
	fmt.Fprint(w, "\nNot taken for services:\n")
	for _, l := range left {
		fmt.Fprintf(w, "  %s: %s\n", l.Path, l.Why)
	}
}

// together tells once what several services have open in the same words.
func together(all []draft.Open) []draft.Open {
	var list []draft.Open
	for _, o := range all {
		i := slices.IndexFunc(list, func(known draft.Open) bool { return known.What == o.What && known.Do == o.Do })
		if i < 0 {
			list = append(list, o)
			continue
		}
		list[i].Service = strings.Join([]string{list[i].Service, o.Service}, ", ")
	}
	return list
}
