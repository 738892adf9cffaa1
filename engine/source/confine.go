package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// confine removes symbolic links that lead out of a checkout: a build must not depend on what lies around it. A link to
// nothing stays when it points inside.
func confine(root string, o options) error {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return fmt.Errorf("look through the checkout: %w", err)
	}
	return filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("look through the checkout: %w", err)
		}
		if entry.Type()&fs.ModeSymlink == 0 || staysIn(root, at) {
			return nil
		}
		rel, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		fmt.Fprintf(o.notes, "the symbolic link %s leads out of the repository and is left out\n", filepath.ToSlash(rel))
		return os.Remove(at)
	})
}

func staysIn(root, link string) bool {
	real, err := filepath.EvalSymlinks(link)
	if errors.Is(err, fs.ErrNotExist) {
		real, err = wouldBe(link)
	}
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(root, real)
	return err == nil && filepath.IsLocal(rel)
}

// wouldBe is where the target of a link to nothing would be, if it were. The way there must exist: a way that goes
// through other links cannot be told from its text.
func wouldBe(link string) (string, error) {
	target, err := os.Readlink(link)
	if err != nil || filepath.IsAbs(target) {
		return filepath.Clean(target), err
	}
	way, last := filepath.Split(filepath.Dir(link) + string(filepath.Separator) + target)
	way, err = filepath.EvalSymlinks(way)
	return filepath.Join(way, last), err
}
