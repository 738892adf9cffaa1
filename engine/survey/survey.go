// Package survey looks at a repository that Gantry has never seen, and says what is there: services, what they are written
// in, what builds, tests and migrates them. It reads names and a few well-known files; it runs nothing and decides nothing.
package survey

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Repository is what was found.
type Repository struct {
	Services []Service
	Branch   string    // that is checked out or that the remote has as its own; "" not known
	CI       []Command // what continuous integration runs to test and to lint
	Left     []Left    // what looks like a service and was not taken for one
}

// Left is something that was left out, and why.
type Left struct{ Path, Why string }

// Service is a directory that can be started.
type Service struct {
	Name       string
	Dir        string // relative to the repository; "." is the repository itself
	Manifest   string // the file that says what it is written in: "go.mod"; "" none
	Dockerfile string // relative to Dir; "" none
	Context    string // the directory that the Dockerfile copies from, relative to Dir
	Guessed    bool   // the context could not be told from what it copies
	Contract   string // an OpenAPI 3 document, relative to Dir; "" none
	Swagger    string // a document of the older kind, where there is no newer one
	Version    bool   // it has a file VERSION
	Migrations *Migrations
	Suites     []string // directories that hold tests against something that runs
	Lint       []string // configuration files of linters

	// What is known by what it is written in; one of these, or none.
	Go     *Go
	Java   *Java
	Rust   *Rust
	Python *Python
	Node   *Node
}

// holdsTogether ends what is said of a directory that is nothing but the services in it.
const holdsTogether = "together"

// aside are directories whose contents are about services, and are none.
var aside = []string{
	"deploy", "deployment", "deployments", "doc", "docker", "docs", "e2e", "example", "examples", "hack", "helm", "infra",
	"infrastructure", "k8s", "kubernetes", "sample", "samples", "scripts", "terraform", "test", "testing", "tests", "third_party", "tools",
}

// Look surveys a repository. Its name is what it is called where nothing in it says so.
func Look(root fs.FS, name string) (Repository, error) {
	t, err := readTree(root)
	if err != nil {
		return Repository{}, err
	}
	r := Repository{Branch: branch(root), CI: t.commands()}
	var taken []string
	for _, dir := range t.dirs() { // those above come first
		s, runs, why := t.service(dir)
		switch in := within(taken, dir); {
		case s.Manifest == "" && s.Dockerfile == "":
			continue
		case asideOf(dir) != "" && (runs || s.Dockerfile != ""):
			r.leave(dir, "directories called "+asideOf(dir)+" hold what services are built, tested or deployed with")
			continue
		case asideOf(dir) != "" || why == "" && !runs:
			continue
		case strings.HasSuffix(why, holdsTogether):
			continue
		case why != "":
			r.leave(dir, why)
			continue
		case in != "" && s.Dockerfile == "":
			r.leave(dir, "it has no Dockerfile of its own, and is taken for a part of the service in "+in)
			continue
		}
		taken = append(taken, dir)
		r.Services = append(r.Services, s)
	}
	for i := range r.Services {
		t.furnish(&r.Services[i], taken)
	}
	nameAll(r.Services, name)
	return r, nil
}

func (r *Repository) leave(dir, why string) { r.Left = append(r.Left, Left{dir, why}) }

// service is what a directory would be as a service, and whether anything says how it is started. Why says what it is
// instead: a directory that only holds others together.
func (t *tree) service(dir string) (s Service, runs bool, why string) {
	s.Dir = dir
	s.Dockerfile, s.Context, s.Guessed = t.dockerfile(dir)
	for _, read := range []func(*Service) (runs bool, why string){t.golang, t.maven, t.gradle, t.rust, t.python, t.node, t.foreign} {
		before := s.Manifest
		starts, holds := read(&s)
		if s.Manifest == before {
			continue
		}
		if holds != "" && s.Dockerfile == "" {
			return s, false, holds
		}
		return s, starts || s.Dockerfile != "", ""
	}
	return s, s.Dockerfile != "", ""
}

// within is the innermost of some directories that a directory lies in; "" none of them.
func within(dirs []string, dir string) string {
	for _, d := range slices.Backward(dirs) {
		if below(d, dir) {
			return d
		}
	}
	return ""
}

func below(dir, name string) bool {
	return dir == "." && name != "." || strings.HasPrefix(name, dir+"/")
}

func asideOf(dir string) string {
	for part := range strings.SplitSeq(dir, "/") {
		if slices.Contains(aside, part) {
			return part
		}
	}
	return ""
}

// nameAll gives each service a name that a configuration takes, and no two the same.
func nameAll(services []Service, repository string) {
	taken := map[string]bool{}
	for i := range services {
		s := &services[i]
		name := path.Base(s.Dir)
		if name == "src" || name == "app" {
			name = path.Base(path.Dir(s.Dir))
		}
		if s.Dir == "." {
			if name = s.Name; clean(name) == "" {
				name = repository
			}
		}
		s.Name = clean(name)
		if s.Name == "" {
			s.Name = "service"
		}
		for base, n := s.Name, 2; taken[s.Name]; n++ {
			s.Name = base + "-" + strconv.Itoa(n)
		}
		taken[s.Name] = true
	}
}

// clean makes a name of lower-case letters, digits and "-", which begins with a letter.
func clean(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(path.Base(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	name = b.String()
	return strings.Trim(name[:min(len(name), 60)], "-")
}

// branch is the remote's own branch, or else the one that is checked out.
func branch(root fs.FS) string {
	for _, file := range []string{".git/refs/remotes/origin/HEAD", ".git/HEAD"} {
		text, err := fs.ReadFile(root, file)
		if errors.Is(err, fs.ErrNotExist) || err != nil {
			continue
		}
		ref, is := strings.CutPrefix(strings.TrimSpace(string(text)), "ref: refs/")
		if !is {
			continue
		}
		for _, prefix := range []string{"heads/", "remotes/origin/"} {
			if name, found := strings.CutPrefix(ref, prefix); found {
				return name
			}
		}
	}
	return ""
}
