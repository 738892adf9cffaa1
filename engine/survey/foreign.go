package survey

import (
	"path"
	"strings"
)

// foreign finds what is a service by all appearances, in a language whose tools are not known here: it can be taken by its
// Dockerfile alone.
func (t *tree) foreign(s *Service) (runs bool, why string) {
	file, language := t.startedElsewhere(s.Dir)
	if file == "" {
		return false, ""
	}
	s.Manifest = file
	return false, "its " + file + " says that it is a service in " + language + ", which is taken by its Dockerfile alone: write one"
}

// startedElsewhere is the file by which a directory is such a service, and its language.
func (t *tree) startedElsewhere(dir string) (file, language string) {
	for _, name := range t.names[dir] {
		text := ""
		if ext := path.Ext(name); ext == ".csproj" || ext == ".fsproj" || ext == ".vbproj" {
			text = t.text(dir, name)
		}
		if strings.Contains(text, "Microsoft.NET.Sdk.Web") || strings.Contains(text, "Microsoft.NET.Sdk.Worker") {
			return name, ".NET"
		}
	}
	switch {
	case t.has(dir, "composer.json") && (t.first(dir, "artisan", "index.php", "bin/console") != "" || t.exists(path.Join(dir, "public/index.php"))):
		return "composer.json", "PHP"
	case t.has(dir, "Gemfile") && t.has(dir, "config.ru"):
		return "Gemfile", "Ruby"
	}
	return "", ""
}
