// Package migrations reads what a service's migrations say about themselves.
//
// A backward compatible change of a schema comes in two releases: one that expands it, and later one that contracts it,
// once nothing live needs any more what goes. The second is where a rollback to an old release may fail, so that whoever
// writes it marks it.
package migrations

import (
	"bufio"
	"fmt"
	"io/fs"
	"path"
	"regexp"
)

// mark is a comment line of a migration that takes something away: "-- gantry:contract".
var mark = regexp.MustCompile(`^\s*--\s*gantry:\s*contract\b`)

// Contracts are the names of the migrations in a directory that are marked as taking something away that an older
// release may still use, in the order of their names. Only files that end in .sql are read.
func Contracts(dir fs.FS) ([]string, error) {
	files, err := fs.Glob(dir, "*.sql")
	if err != nil {
		return nil, err
	}
	var marked []string
	for _, name := range files {
		found, err := isMarked(dir, name)
		if err != nil {
			return nil, fmt.Errorf("read the migration %s: %w", name, err)
		}
		if found {
			marked = append(marked, path.Base(name))
		}
	}
	return marked, nil
}

func isMarked(dir fs.FS, name string) (bool, error) {
	file, err := dir.Open(name)
	if err != nil {
		return false, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20) // a line of data may be long
	for lines.Scan() {
		if mark.Match(lines.Bytes()) {
			return true, nil
		}
	}
	return false, lines.Err()
}
