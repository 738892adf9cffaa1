package config

import (
	"path"
	"path/filepath"
	"strings"
)

// fileReader reads what speaks of files of one service.
type fileReader struct {
	around surroundings
	dir    string // the service's directory
	look   bool   // it exists, so files in it can be looked for
}

// check looks for a file of the service's source.
func (f fileReader) check(t *table, line int, key, file string, as kind) {
	if !within(file) {
		t.complain(line, "%s is %q: it must be a path below the service's directory", key, file)
		return
	}
	if !f.look {
		return
	}
	if wrong := f.around.missing(filepath.Join(f.dir, file), as); wrong != "" {
		t.complain(line, "%s is %q: %s in %s", key, file, wrong, f.dir)
	}
}

// within tells whether a relative path stays where it starts.
func within(file string) bool {
	return file != "" && !strings.ContainsRune(file, 0) && filepath.IsLocal(filepath.FromSlash(file))
}

// files are the files of an image or a suite. What is built is there only later; what comes from the source, with a
// leading "./", is looked for now.
func (f fileReader) files(t *table) map[string]string {
	files := t.dict("files")
	if len(files) == 0 {
		t.complain(t.line("files"), `it has no files: say what goes into it: files = { "/app" = "app" }, from $GANTRY_OUT`)
	}
	for _, to := range sortedKeys(files) {
		line, from := t.line("files", to), files[to]
		if !within(strings.TrimPrefix(path.Clean(to), "/")) {
			t.complain(line, "files: %q is no path of a file", to)
		}
		if strings.HasPrefix(from, "./") {
			f.check(t, line, "files: "+to, from, anything)
		} else if !within(from) {
			t.complain(line, `files: %s is %q: it must be a path below $GANTRY_OUT, or one of the source with a leading "./"`, to, from)
		}
	}
	return files
}

func (f fileReader) suite(t *table) *Suite {
	suite := &Suite{
		Files:  f.files(t),
		Run:    t.text("run", ""),
		Report: t.choice("report", "", reports),
		Policy: t.policy(true),
		Line:   t.line(),
	}
	if strings.TrimSpace(suite.Run) == "" {
		t.complain(t.line("run"), `it has no command: say how the suite is run: run = "./suite"`)
	}
	t.done()
	return suite
}
