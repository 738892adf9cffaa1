package survey

import (
	"maps"
	"path"
	"slices"

	yaml "github.com/oasdiff/yaml3"
)

// composed is the directory that Compose builds a Dockerfile from, by the file's path in the repository; "" where no compose
// file builds it, or several do from different places.
func (t *tree) composed(dockerfile string) (context string) {
	for _, dir := range t.dirs() {
		name := t.first(dir, "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
		if name == "" {
			continue
		}
		var file struct {
			Services map[string]struct {
				Build yaml.Node `yaml:"build"`
			} `yaml:"services"`
		}
		if yaml.Unmarshal([]byte(t.text(dir, name)), &file) != nil {
			continue // what cannot be read says nothing
		}
		for _, service := range slices.Sorted(maps.Keys(file.Services)) {
			from, builds := built(file.Services[service].Build)
			if from = path.Join(dir, from); builds == "" || path.Join(from, builds) != dockerfile {
				continue
			}
			if context != "" && context != from {
				return ""
			}
			context = from
		}
	}
	return context
}

// built is what the build of a service says: the directory alone, or that and the Dockerfile as seen from it; no Dockerfile
// where nothing is built.
func built(n yaml.Node) (context, dockerfile string) {
	var build struct{ Context, Dockerfile string }
	if n.Kind == 0 {
		return "", ""
	}
	if n.Decode(&context) == nil {
		return context, "Dockerfile"
	}
	if n.Decode(&build) != nil {
		return "", ""
	}
	if build.Dockerfile == "" {
		build.Dockerfile = "Dockerfile"
	}
	return build.Context, build.Dockerfile
}
