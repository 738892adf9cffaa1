package config

import (
	"path/filepath"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// droppable are the stages that a service may leave out on purpose.
var droppable = []string{
	string(promotion.KindContract), string(promotion.KindCompat), string(promotion.KindAcceptance),
	string(promotion.KindE2E), string(promotion.KindStub),
}

func (r *reader) readService(t *table, name string) Service {
	s := Service{
		Name:      name,
		Team:      t.text("team", ""),
		Teams:     t.texts("teams"),
		Version:   t.text("version_file", "VERSION"),
		DependsOn: t.texts("depends_on"),
		Contract:  t.text("contract", ""),
		Variables: t.variables("variables"),
		PassEnv:   t.texts("pass_env"),
		Drop:      t.kinds("drop", droppable),
		Line:      t.line(),
	}
	there := r.readPath(t, &s)
	if t.has("team") {
		t.checkName("team", s.Team, t.line("team"))
	}
	for i, team := range s.Teams {
		t.checkName("teams", team, t.item("teams", i))
	}
	for i, variable := range s.PassEnv {
		if !variablePattern.MatchString(variable) {
			t.complain(t.item("pass_env", i), "pass_env: %q is no name of a variable", variable)
		}
	}
	files := fileReader{around: r.around, dir: s.Path, look: there}
	if t.has("contract") {
		files.check(t, t.line("contract"), "contract", s.Contract, aFile)
	}
	if t.has("version_file") {
		files.check(t, t.line("version_file"), "version_file", s.Version, aFile)
	} else if there && r.around.missing(filepath.Join(s.Path, s.Version), aFile) != "" {
		t.warn(t.line("path"), "%s%s has no file VERSION: its releases are all called 0.0.0, and told apart by their commits alone", t.prefix(), t.text("path", ""))
	}
	r.readParts(t, &s, files)
	t.done()
	return s
}

// readPath is the service's directory; false when there is nothing to look into.
func (r *reader) readPath(t *table, s *Service) bool {
	path := t.text("path", "")
	s.Path = path
	if !filepath.IsAbs(path) {
		s.Path = filepath.Join(r.pipeline.Root, path)
	}
	if path == "" || strings.ContainsRune(path, 0) {
		t.complain(t.line("path"), `it has no path: say which directory its source is in: path = "…"`)
		return false
	}
	if wrong := r.around.missing(s.Path, aDirectory); wrong != "" {
		t.complain(t.line("path"), "path is %q: %s", path, wrong)
		return false
	}
	return true
}

// readSchema is where a service keeps the SQL of its migrations.
func (r *reader) readSchema(t *table, service string) string {
	dir := t.text("sources", "")
	switch {
	case dir == "":
	case !within(dir):
		t.complain(t.line("sources"), "sources is %q: it must be a path below the service's directory", dir)
	default:
		if wrong := r.around.missing(filepath.Join(service, dir), aDirectory); wrong != "" {
			t.complain(t.line("sources"), "sources is %q: %s", dir, wrong)
		}
	}
	return dir
}

// readParts reads what a service is made of: its stages of commands, its images and its suites.
func (r *reader) readParts(t *table, s *Service, files fileReader) {
	if build := t.table("build"); build != nil {
		s.Build = readStage(build)
	} else if image, _ := t.values["image"].(map[string]any); image["dockerfile"] == nil { // else to build that is enough
		t.complain(t.line(), "it has no build steps: add a [[service.build.step]]")
	}
	if image := t.table("image"); image != nil {
		s.Image = files.image(image)
	} else {
		t.complain(t.line(), "it has no image: say in [service.image] which files it consists of and what it starts")
	}
	if migrations := t.table("migrations"); migrations != nil {
		s.Schema = r.readSchema(migrations, s.Path)
		image := files.image(migrations)
		s.Migrations = &image
	}
	if contract := t.table("contract_tests"); contract != nil {
		stage := readStage(contract)
		s.ContractTests = &stage
	}
	if suite := t.table("acceptance"); suite != nil {
		s.Acceptance = files.suite(suite)
	}
	if suite := t.table("e2e"); suite != nil {
		s.E2E = files.suite(suite)
	}
}
