package images

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// intoPlace fills a directory that nobody sees before it is complete.
func intoPlace(dir string, fill func(*tree) error) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := vacant(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return fmt.Errorf("make the directory above: %w", err)
	}
	// A hidden sibling lies on the same file system, so that it can be renamed.
	hidden, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".unpacking-*")
	if err != nil {
		return fmt.Errorf("make a directory to unpack in: %w", err)
	}
	if err := fillHidden(hidden, fill); err != nil {
		return errors.Join(err, os.RemoveAll(hidden))
	}
	// Only an empty directory can be removed like this: what somebody put there meanwhile stays.
	if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(fmt.Errorf("make room for it: %w", err), os.RemoveAll(hidden))
	}
	if err := os.Rename(hidden, dir); err != nil {
		return errors.Join(fmt.Errorf("move it into place: %w", err), os.RemoveAll(hidden))
	}
	return nil
}

func fillHidden(hidden string, fill func(*tree) error) error {
	root, err := os.OpenRoot(hidden)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := fill(&tree{root: root, modes: map[string]os.FileMode{}, real: map[string]bool{}}); err != nil {
		return err
	}
	return root.Chmod(".", 0o755)
}

// vacant refuses a directory that holds something already.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return errors.New("the directory is not empty: name a new one")
	}
	return nil
}
