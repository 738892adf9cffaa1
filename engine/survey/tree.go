package survey

import (
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// tree is a repository's directories and what is in them.
type tree struct {
	root  fs.FS
	names map[string][]string // the files of each directory, sorted
}

// skipped are directories with what was fetched or built.
var skipped = []string{"bin", "bower_components", "build", "dist", "node_modules", "obj", "out", "target", "testdata", "vendor", "venv", "__pycache__"}

// Enough for any repository that a person keeps; more is not looked at.
const (
	maxDepth = 12
	maxFiles = 500_000
	maxText  = 1 << 20
)

func readTree(root fs.FS) (*tree, error) {
	t := &tree{root: root, names: map[string][]string{}}
	left := maxFiles
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			if name == "." {
				return err
			}
			return fs.SkipDir // what may not be read is not there
		}
		base := path.Base(name)
		if entry.IsDir() {
			hidden := strings.HasPrefix(base, ".") && name != "." && name != ".github"
			if hidden || slices.Contains(skipped, base) || strings.Count(name, "/") >= maxDepth {
				return fs.SkipDir
			}
			return nil
		}
		if left--; left < 0 {
			return fs.SkipAll
		}
		if entry.Type().IsRegular() {
			t.names[path.Dir(name)] = append(t.names[path.Dir(name)], base)
		}
		return nil
	})
	return t, err
}

// dirs are all directories with files in them, each after those above it.
func (t *tree) dirs() []string { return slices.Sorted(maps.Keys(t.names)) }

func (t *tree) has(dir, name string) bool {
	at := path.Join(dir, name)
	return slices.Contains(t.names[path.Dir(at)], path.Base(at))
}

// exists tells whether there is a file or a directory.
func (t *tree) exists(name string) bool {
	if name == "." {
		return true
	}
	_, err := fs.Stat(t.root, name)
	return err == nil
}

// first is the first of some files that a directory has; "" none.
func (t *tree) first(dir string, names ...string) string {
	for _, name := range names {
		if t.has(dir, name) {
			return name
		}
	}
	return ""
}

// text is a file's content, as much of it as is looked at; "" where there is none.
func (t *tree) text(dir, name string) string {
	file, err := t.root.Open(path.Join(dir, name))
	if err != nil {
		return ""
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxText))
	if err != nil {
		return ""
	}
	return string(content)
}

// each goes through the directories of a service, but not through those of the services in it.
func (t *tree) each(s *Service, services []string, do func(dir string, names []string)) {
	for _, dir := range t.dirs() {
		if dir != s.Dir && !below(s.Dir, dir) {
			continue
		}
		if in := within(services, dir); dir != s.Dir && in != s.Dir || dir != s.Dir && slices.Contains(services, dir) {
			continue
		}
		do(dir, t.names[dir])
	}
}

// relative is a path as seen from a directory that it lies in or below.
func relative(dir, name string) string {
	if dir == "." {
		return name
	}
	if name == dir {
		return "."
	}
	return strings.TrimPrefix(name, dir+"/")
}

// up is the way from a directory to one above it.
func up(dir, above string) string {
	if dir == above {
		return "."
	}
	n := strings.Count(relative(above, dir), "/") + 1
	return strings.TrimSuffix(strings.Repeat("../", n), "/")
}
