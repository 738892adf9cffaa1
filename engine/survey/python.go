package survey

import (
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/gantry-cd/gantry/engine/pattern"
)

// Python is what is known of a service that is written in Python.
type Python struct {
	Tool  string // "uv", "poetry", "pip" with a pyproject.toml, "requirements" with a requirements.txt
	Tests string // the directory of its tests; "" none
	Ruff  bool
}

func (t *tree) python(s *Service) (runs bool, why string) {
	s.Manifest = t.first(s.Dir, "pyproject.toml", "requirements.txt", "setup.py")
	if s.Manifest == "" {
		return false, ""
	}
	var pyproject struct {
		Project struct {
			Name    string
			Scripts map[string]any
		}
		Tool struct {
			Poetry struct {
				Name    string
				Scripts map[string]any
			}
			Ruff map[string]any
		}
	}
	text := t.text(s.Dir, "pyproject.toml")
	if err := toml.Unmarshal([]byte(text), &pyproject); err != nil {
		return false, "its pyproject.toml cannot be read: " + err.Error()
	}
	s.Name = pyproject.Project.Name + pyproject.Tool.Poetry.Name
	s.Python = &Python{Tool: "pip", Ruff: pyproject.Tool.Ruff != nil || t.first(s.Dir, "ruff.toml", ".ruff.toml") != ""}
	switch {
	case t.has(s.Dir, "uv.lock"):
		s.Python.Tool = "uv"
	case t.has(s.Dir, "poetry.lock") || strings.Contains(text, "[tool.poetry]"):
		s.Python.Tool = "poetry"
	case s.Manifest == "requirements.txt":
		s.Python.Tool = "requirements"
	}
	for _, dir := range t.dirs() {
		if (dir == s.Dir || below(s.Dir, dir)) && s.Python.Tests == "" && slices.ContainsFunc(t.names[dir], isPythonTest) {
			s.Python.Tests = relative(s.Dir, dir)
			if parts := strings.Split(s.Python.Tests, "/"); len(parts) > 1 { // the topmost directory of tests
				if i := slices.IndexFunc(parts, func(p string) bool { return p == "tests" || p == "test" }); i >= 0 {
					s.Python.Tests = path.Join(parts[:i+1]...)
				}
			}
		}
	}
	return pyproject.Project.Scripts != nil || pyproject.Tool.Poetry.Scripts != nil || t.startsPython(s.Dir, text+t.text(s.Dir, "requirements.txt")), ""
}

// pythonServer is a dependency that only what serves has.
var pythonServer = pattern.New(`(?im)^\W*(gunicorn|uvicorn|hypercorn|waitress|daphne|granian|fastapi\[standard\])\b`)

// startsPython tells whether a project has a file that is started, itself or, where it depends on a server, in its package.
func (t *tree) startsPython(dir, dependencies string) bool {
	entries := []string{"manage.py", "main.py", "app.py", "wsgi.py", "asgi.py"}
	if t.first(dir, entries...) != "" {
		return true
	}
	if !pythonServer.MatchString(dependencies) {
		return false
	}
	for _, d := range t.dirs() {
		parent := path.Dir(d)
		if (parent == dir || parent == path.Join(dir, "src")) && t.has(d, "__init__.py") && t.first(d, entries...) != "" {
			return true
		}
	}
	return false
}

func isPythonTest(name string) bool {
	return strings.HasSuffix(name, ".py") && (strings.HasPrefix(name, "test_") || strings.HasSuffix(name, "_test.py"))
}
