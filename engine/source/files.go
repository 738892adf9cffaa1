package source

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// files are the regular files and links below a plain directory, without what is git's or Gantry's own.
func files(root string) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == ".gantry") {
			return filepath.SkipDir
		}
		if entry.Type().IsRegular() || entry.Type()&fs.ModeSymlink != 0 {
			name, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			paths = append(paths, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the files of %s: %w", root, err)
	}
	return paths, nil
}

// hashFiles is one hash of names, modes and contents. A file that is gone counts as gone.
func hashFiles(root string, paths []string) (string, error) {
	slices.Sort(paths)
	sum := sha256.New()
	for _, name := range paths {
		path := filepath.Join(root, name)
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintf(sum, "%q gone\n", name)
			continue
		}
		if err != nil {
			return "", fmt.Errorf("hash %s: %w", path, err)
		}
		fmt.Fprintf(sum, "%q %v %d\n", name, info.Mode()&(fs.ModeType|0o111), info.Size())
		if err := hashOne(sum, path, info); err != nil {
			return "", fmt.Errorf("hash %s: %w", path, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func hashOne(sum io.Writer, path string, info fs.FileInfo) error {
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(path)
		fmt.Fprintln(sum, target)
		return err
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(sum, file)
	return err
}

// copyFiles copies files into a directory. A link that leads out of the source is left out: a build must not depend on
// what lies beside it.
func copyFiles(root string, paths []string, dir string) error {
	for _, name := range paths {
		from, to := filepath.Join(root, name), filepath.Join(dir, name)
		info, err := os.Lstat(from)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted in the working tree
		}
		if err != nil {
			return fmt.Errorf("copy the source: %w", err)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return fmt.Errorf("copy the source: %w", err)
		}
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			err = copyLink(from, to, name)
		case info.Mode().IsRegular():
			err = copyFile(from, to, info.Mode().Perm())
		}
		if err != nil {
			return fmt.Errorf("copy %s: %w", from, err)
		}
	}
	return nil
}

func copyLink(from, to, name string) error {
	target, err := os.Readlink(from)
	if err != nil {
		return err
	}
	if !inside(name, target) {
		return nil
	}
	return os.Symlink(target, to)
}

// inside tells whether a link stays within the tree that it is in.
func inside(name, target string) bool {
	return !filepath.IsAbs(target) && filepath.IsLocal(filepath.Join(filepath.Dir(name), target))
}

func copyFile(from, to string, mode fs.FileMode) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode|0o200)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}
