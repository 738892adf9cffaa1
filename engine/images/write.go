package images

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/gantry-cd/gantry/engine/process"
)

func (t *tree) dir(name string, mode os.FileMode) error {
	t.modes[name] = mode
	info, err := t.root.Lstat(name)
	if err == nil && info.IsDir() {
		return nil
	}
	if err := t.remove(name); err != nil {
		return err
	}
	return t.root.Mkdir(name, 0o755)
}

func (t *tree) file(name string, mode os.FileMode, content io.Reader) error {
	if err := t.remove(name); err != nil {
		return err
	}
	// A sparse file is larger than its archive: what is written counts, too.
	content = &budget{content, &t.spaceLeft}
	if mode&0o111 != 0 {
		return t.program(name, mode, content)
	}
	file, err := t.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := io.Copy(file, content); err != nil {
		return err
	}
	return errors.Join(file.Chmod(mode), file.Close())
}

// program writes a file that may be run as soon as it is there.
func (t *tree) program(name string, mode os.FileMode, content io.Reader) error {
	flags := os.O_CREATE | os.O_EXCL
	err := process.WriteProgram(content, func() (*os.File, error) {
		file, err := t.root.OpenFile(name, flags|os.O_APPEND|os.O_WRONLY, 0o600)
		flags = 0
		return file, err
	})
	if err != nil {
		return err
	}
	return t.root.Chmod(name, mode)
}

// symlink writes a link that cannot lead out. An absolute target means the image's root and is written relative to the
// link, since what is unpacked does not become anybody's root. Cleaning makes ".." stand in front only, where it climbs
// through real directories: then counting them is exact.
func (t *tree) symlink(name, target string) error {
	if target == "" || len(target) > longest || strings.ContainsRune(target, 0) {
		return fmt.Errorf("links to %.40q: refused", target)
	}
	depth := strings.Count(name, "/")
	relative := path.Clean(target)
	if path.IsAbs(target) {
		relative = strings.Repeat("../", depth) + strings.TrimPrefix(relative, "/")
		relative = path.Clean(relative)
	}
	climbs := 0
	for part := range strings.SplitSeq(relative, "/") {
		if part == ".." {
			climbs++
		}
	}
	if climbs > depth {
		return fmt.Errorf("links to %q, which is outside of the image: refused", target)
	}
	if err := t.remove(name); err != nil {
		return err
	}
	return t.root.Symlink(relative, name)
}

// hardlink gives a file of the image a second name. A link is not given one: it would point elsewhere from there.
func (t *tree) hardlink(name, target string) error {
	from, err := cleanName(target)
	if err != nil {
		return err
	}
	if from == name {
		return errors.New("is a second name of itself: refused")
	}
	if err := t.aboveIsReal(from); err != nil {
		return err
	}
	info, err := t.root.Lstat(from)
	if err != nil {
		return fmt.Errorf("is a second name of %q: %w", from, withoutPath(err))
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("is a second name of %q, which is no file: refused", from)
	}
	if err := t.remove(name); err != nil {
		return err
	}
	return t.root.Link(from, name)
}

// remove takes away whatever has this name.
func (t *tree) remove(name string) error {
	info, err := t.root.Lstat(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		// Directories go away so rarely that it is not worth finding out which of the known ones.
		clear(t.real)
	}
	return t.root.RemoveAll(name)
}

// hide takes away what lower layers have under a name. What the present layer wrote stays.
func (t *tree) hide(name string) error {
	if !t.touched[name] {
		return t.remove(name)
	}
	return t.hideAll(name)
}

// hideAll takes away what lower layers have in a directory.
func (t *tree) hideAll(dir string) error {
	info, err := t.root.Lstat(dir)
	if errors.Is(err, os.ErrNotExist) || err == nil && !info.IsDir() {
		return nil
	}
	if err != nil {
		return err
	}
	opened, err := t.root.Open(dir)
	if err != nil {
		return err
	}
	names, err := opened.Readdirnames(-1)
	_ = opened.Close()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := t.hide(path.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// finish sets the directories' modes. The owner can always list, fill and empty them.
func (t *tree) finish() error {
	for dir, mode := range t.modes {
		info, err := t.root.Lstat(dir)
		if err != nil || !info.IsDir() {
			continue // it was replaced or taken away later
		}
		if err := t.root.Chmod(dir, mode|private); err != nil {
			return fmt.Errorf("set the mode of %q: %w", dir, withoutPath(err))
		}
	}
	return nil
}
