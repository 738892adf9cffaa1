package survey

import (
	"path"
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
)

// Go is what is known of a service that is written in Go.
type Go struct {
	Mains []string // directories of programs, relative to the service: ".", "cmd/api"
	Main  string   // the one that is the service, as far as can be told
	Ko    string   // the configuration of ko; "" none
	Tests bool
}

var (
	modulePattern      = pattern.New(`(?m)^module\s+"?([^\s"]+)`)
	mainPackagePattern = pattern.New(`(?m)^package main\b`)
	majorPattern       = pattern.New(`^v[0-9]+$`)
)

func (t *tree) golang(s *Service) (runs bool, why string) {
	if !t.has(s.Dir, "go.mod") {
		return false, ""
	}
	s.Manifest, s.Go = "go.mod", &Go{Ko: t.first(s.Dir, ".ko.yaml")}
	if m := modulePattern.FindStringSubmatch(t.text(s.Dir, "go.mod")); m != nil {
		s.Name = m[1]
		if majorPattern.MatchString(path.Base(s.Name)) {
			s.Name = path.Dir(s.Name)
		}
	}
	for _, dir := range t.dirs() {
		if dir != s.Dir && (!below(s.Dir, dir) || asideOf(relative(s.Dir, dir)) != "" || t.otherModule(s.Dir, dir)) {
			continue
		}
		if t.goFiles(dir, &s.Go.Tests) {
			s.Go.Mains = append(s.Go.Mains, relative(s.Dir, dir))
		}
	}
	s.Go.Main = chooseMain(s.Go.Mains, path.Base(s.Name))
	if len(s.Go.Mains) == 0 {
		return false, "its module has no program, it is a library"
	}
	return true, ""
}

// otherModule tells whether a directory belongs to another module, further in.
func (t *tree) otherModule(module, dir string) bool {
	for ; dir != module && dir != "."; dir = path.Dir(dir) {
		if t.has(dir, "go.mod") {
			return true
		}
	}
	return false
}

// goFiles tells whether a directory is a program, and notes whether it has tests.
func (t *tree) goFiles(dir string, tests *bool) bool {
	program := false
	for _, name := range t.names[dir] {
		switch {
		case strings.HasSuffix(name, "_test.go"):
			*tests = true
		case strings.HasSuffix(name, ".go") && !program:
			text := t.text(dir, name)
			program = mainPackagePattern.MatchString(text) && strings.Contains(text, "func main()") && !strings.Contains(text, "//go:build ignore")
		}
	}
	return program
}

// chooseMain is the program that is the service: the module itself, the one of its name, the one whose name says so, the only one.
func chooseMain(mains []string, name string) string {
	for _, want := range []string{".", "cmd/" + name, "cmd/server", "cmd/api", "cmd/app", "cmd", "server"} {
		for _, main := range mains {
			if main == want {
				return main
			}
		}
	}
	if len(mains) > 0 {
		return mains[0]
	}
	return ""
}
