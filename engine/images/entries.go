package images

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// entry is one file, directory or link of a layer to be.
type entry struct {
	path string // in the image, without the leading slash
	disk string // where its content is; "" for a directory or a link
	link string // where a link points
	dir  bool
	runs bool // executable
	size int64
}

// entriesOf lists what files on disk become in an image, sorted, each directory before its contents.
func entriesOf(files map[string]string) ([]entry, error) {
	c := collection{}
	for _, to := range slices.Sorted(maps.Keys(files)) {
		target, err := imagePath(to)
		if err != nil {
			return nil, err
		}
		if err := c.addTree(target, files[to]); err != nil {
			return nil, err
		}
	}
	for _, p := range slices.Sorted(maps.Keys(c)) {
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			if above, known := c[dir]; known && !above.dir {
				return nil, fmt.Errorf("pack /%s: /%s is a file, it cannot hold others", p, dir)
			}
			c[dir] = entry{path: dir, dir: true}
		}
	}
	return slices.SortedFunc(maps.Values(c), func(a, b entry) int { return strings.Compare(a.path, b.path) }), nil
}

// imagePath reads a path of the configuration.
func imagePath(p string) (string, error) {
	if slices.Contains(strings.Split(p, "/"), "..") || strings.ContainsRune(p, 0) {
		return "", fmt.Errorf("the image path %q leads upwards: name it from the image's root", p)
	}
	return strings.TrimPrefix(path.Clean("/"+p), "/"), nil
}

// collection is the entries by path.
type collection map[string]entry

func (c collection) addTree(target, disk string) error {
	// What the configuration names may be a link; what lies in a directory is packed as it is.
	info, err := os.Stat(disk)
	if err != nil {
		return fmt.Errorf("pack %s as /%s: %w", disk, target, withoutPath(err))
	}
	if !info.IsDir() {
		if target == "" {
			return fmt.Errorf("pack %s: a file needs a name in the image, %q is its root", disk, "/")
		}
		return c.add(target, disk, info, "")
	}
	return filepath.WalkDir(disk+string(filepath.Separator), func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("pack %s as /%s: %w", disk, target, err)
		}
		inner, err := filepath.Rel(disk, at)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return fmt.Errorf("pack %s as /%s: %w", disk, target, err)
		}
		return c.add(strings.TrimPrefix(path.Join(target, filepath.ToSlash(inner)), "."), at, info, target)
	})
}

func (c collection) add(target, disk string, info fs.FileInfo, within string) error {
	e := entry{path: target}
	switch mode := info.Mode(); {
	case mode.IsDir():
		e.dir = true
	case mode.IsRegular():
		e.disk, e.size, e.runs = disk, info.Size(), mode&0o111 != 0
	case mode&fs.ModeSymlink != 0:
		link, err := linkWithin(disk, target, within)
		if err != nil {
			return err
		}
		e.link = link
	default:
		return fmt.Errorf("pack %s as /%s: it is neither a file nor a directory nor a link (%s)", disk, target, mode.Type())
	}
	if before, known := c[target]; known && (!before.dir || !e.dir) {
		return fmt.Errorf("pack %s as /%s: something else is packed there already: give each a path of its own", disk, target)
	}
	if target != "" {
		c[target] = e
	}
	return nil
}

// linkWithin reads a link, which must stay inside of what is packed.
func linkWithin(disk, target, within string) (string, error) {
	link, err := os.Readlink(disk)
	if err != nil {
		return "", fmt.Errorf("pack %s: %w", disk, err)
	}
	reached := path.Join("/", path.Dir(target), link)
	climbs := strings.HasPrefix(path.Join(path.Dir(target), link), "..")
	if filepath.IsAbs(link) || climbs || reached != path.Clean("/"+within) && !strings.HasPrefix(reached, strings.TrimSuffix("/"+within, "/")+"/") {
		return "", fmt.Errorf("pack %s: the link points to %s, outside of the directory that is packed: make it a file, or pack that too", disk, link)
	}
	return link, nil
}

// withoutPath takes the path out of a file system's error where the sentence names it already.
func withoutPath(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}
