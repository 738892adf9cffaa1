package config

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/dockerfile"
)

// ways are how an image comes about, and what may be said of each.
var ways = []struct {
	key  string
	keys []string
}{
	{"files", []string{"entrypoint", "user"}},
	{"dockerfile", []string{"context", "target", "args", "platforms", "builder"}},
	{"layout", []string{"tag"}},
	{"archive", []string{"tag"}},
}

var platformPattern = regexp.MustCompile(`^linux/[a-z0-9]+(/v[0-9]+)?$`)

// image reads where an image comes from, in one of the ways.
func (f fileReader) image(t *table) Image {
	image := Image{Line: t.line()}
	defer t.done()
	switch way := chosenWay(t); way {
	case "dockerfile":
		image.Dockerfile = f.dockerfile(t)
	case "layout":
		image.Layout, image.Tag = made(t, way), t.text("tag", "")
	case "archive":
		image.Archive, image.Tag = made(t, way), t.text("tag", "")
	case "":
		t.known = append(t.known, "entrypoint", "user")
		t.complain(t.line(), `it does not say where the image comes from: files = { "/app" = "app" } puts it together from $GANTRY_OUT, dockerfile builds it, layout or archive takes what another tool wrote`)
	default:
		image.Files, image.Entrypoint, image.User = f.files(t), t.texts("entrypoint"), t.text("user", "")
		if len(image.Entrypoint) == 0 || image.Entrypoint[0] == "" {
			t.complain(t.line("entrypoint"), `it has no entrypoint: say what it starts: entrypoint = ["/app"]`)
		}
	}
	return image
}

// chosenWay is the one way that a table says. What belongs to another way is a problem.
func chosenWay(t *table) string {
	chosen := -1
	for i, way := range ways {
		if !t.has(way.key) {
			continue
		}
		if chosen >= 0 {
			t.known = append(t.known, way.key)
			t.complain(t.line(way.key), "%s and %s are two ways to come by an image: keep one", ways[chosen].key, way.key)
			continue
		}
		chosen = i
	}
	if chosen < 0 {
		return ""
	}
	for _, way := range ways {
		for _, key := range way.keys {
			if t.has(key) && !slices.Contains(ways[chosen].keys, key) && !slices.Contains(t.known, key) {
				t.known = append(t.known, key)
				t.complain(t.line(key), "%s goes with %s: an image by %s brings its own", key, way.key, ways[chosen].key)
			}
		}
	}
	return ways[chosen].key
}

// made is where a build tool writes an image. It is there only once the build has run.
func made(t *table, key string) string {
	path := t.text(key, "")
	if !within(path) {
		t.complain(t.line(key), `%s is %q: it must be a path below $GANTRY_OUT, or one of the source with a leading "./"`, key, path)
	}
	return path
}

func (f fileReader) dockerfile(t *table) *Dockerfile {
	d := &Dockerfile{
		File:      t.text("dockerfile", ""),
		Context:   t.text("context", "."),
		Target:    t.text("target", ""),
		Args:      t.variables("args"),
		Platforms: t.texts("platforms"),
		Builder:   t.choice("builder", "", dockerfile.Builders()),
	}
	f.check(t, t.line("dockerfile"), "dockerfile", d.File, aFile)
	f.checkContext(t, d.Context)
	for i, platform := range d.Platforms {
		if !platformPattern.MatchString(platform) {
			t.complain(t.item("platforms", i), `platforms: %q is none that Gantry runs: write "linux/amd64", "linux/arm64" or another of Linux`, platform)
		}
	}
	if d.Builder == "docker" && len(d.Platforms) > 1 {
		t.complain(t.line("builder"), `builder "docker" builds for one platform at a time: "buildx", "podman" and "buildah" build for several`)
	}
	return d
}

// checkContext: what a Dockerfile copies may lie above the service, where several share a repository.
func (f fileReader) checkContext(t *table, dir string) {
	down := strings.TrimPrefix(filepath.ToSlash(filepath.Clean(filepath.FromSlash(dir))), "../")
	for strings.HasPrefix(down, "../") {
		down = strings.TrimPrefix(down, "../")
	}
	if dir == "" || down != ".." && !within(down) {
		t.complain(t.line("context"), "context is %q: it must be a path relative to the service's directory", dir)
		return
	}
	if !f.look {
		return
	}
	if wrong := f.around.missing(filepath.Join(f.dir, dir), aDirectory); wrong != "" {
		t.complain(t.line("context"), "context is %q: %s in %s", dir, wrong, f.dir)
	}
}
