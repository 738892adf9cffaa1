package survey

import (
	"path"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
)

// linters are the configuration files by which a linter shows that it is used.
var linters = []string{
	".golangci.yml", ".golangci.yaml", ".eslintrc.json", ".eslintrc.js", ".eslintrc.cjs", "eslint.config.js", "eslint.config.mjs",
	"ruff.toml", ".flake8", "clippy.toml", "checkstyle.xml", "detekt.yml",
}

// furnish notes what belongs to a service besides how it is built.
func (t *tree) furnish(s *Service, services []string) {
	s.Version = t.has(s.Dir, "VERSION")
	t.each(s, services, func(dir string, names []string) {
		if s.Migrations == nil || s.Migrations.Tool == "" {
			if m := t.migrations(dir, names); m != nil {
				m.Dir = relative(s.Dir, m.Dir)
				s.Migrations = m
			}
		}
		if s.Contract == "" {
			t.contract(s, dir, names)
		}
		if base := path.Base(dir); dir != s.Dir && slices.Contains([]string{"acceptance", "e2e", "cypress", "playwright", "smoke"}, base) {
			s.Suites = append(s.Suites, relative(s.Dir, dir))
		}
		if dir == s.Dir {
			for _, name := range linters {
				if slices.Contains(names, name) {
					s.Lint = append(s.Lint, name)
				}
			}
		}
	})
}

var (
	openapi3 = pattern.New(`(?m)^\s*\{?\s*["']?openapi["']?\s*:\s*["']?3\.`)
	swagger2 = pattern.New(`(?m)["']?swagger["']?\s*:\s*["']?2\.`)
)

// contract notes an OpenAPI document: by its name, and by what it says of itself.
func (t *tree) contract(s *Service, dir string, names []string) {
	for _, name := range names {
		lower := strings.ToLower(name)
		ending := path.Ext(lower)
		if ending != ".yaml" && ending != ".yml" && ending != ".json" {
			continue
		}
		if !strings.Contains(lower, "openapi") && !strings.Contains(lower, "swagger") && lower != "api"+ending {
			continue
		}
		switch text := t.text(dir, name); {
		case openapi3.MatchString(text):
			s.Contract = relative(s.Dir, path.Join(dir, name))
			return
		case swagger2.MatchString(text) && s.Swagger == "":
			s.Swagger = relative(s.Dir, path.Join(dir, name))
		}
	}
}
