package source

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// difference is which files of the service's part of the working tree are not as in the commit that is checked out, and a
// name for how they differ; "" when none does.
func (r repository) difference(ctx context.Context) (files []string, name string, err error) {
	files, err = r.changed(ctx)
	if err != nil || len(files) == 0 {
		return nil, "", err
	}
	name, err = r.hash(files)
	return files, name, err
}

// changed are the files of the service's part that are not as in the commit that is checked out, sorted.
func (r repository) changed(ctx context.Context) ([]string, error) {
	args := append([]string{"status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=all", "--"}, r.part()...)
	out, err := run(ctx, r.top, args...)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range split(out) {
		if len(entry) > 3 && !ours(entry[3:]) {
			files = append(files, entry[3:])
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// content names everything in the service's part of the working tree.
func (r repository) content(ctx context.Context) (string, error) {
	files, err := r.files(ctx)
	if err != nil {
		return "", err
	}
	return r.hash(slices.DeleteFunc(files, func(file string) bool { return !r.inPart(file) }))
}

// hash names files by their paths, their content and whether they can be executed. A file that is gone counts as that.
func (r repository) hash(files []string) (string, error) {
	root, err := os.OpenRoot(r.top)
	if err != nil {
		return "", fmt.Errorf("read the working tree: %w", err)
	}
	defer root.Close()
	sum := sha256.New()
	for _, file := range files {
		if err := hashFile(sum, root, file); err != nil {
			return "", fmt.Errorf("hash %s in %s: %w", file, r.top, err)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}

func hashFile(sum hash.Hash, root *os.Root, file string) error {
	info, err := root.Lstat(file)
	if isGone(err) {
		fmt.Fprintf(sum, "gone %q\n", file)
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := root.Readlink(file)
		fmt.Fprintf(sum, "link %q %q\n", file, target)
		return err
	}
	if !info.Mode().IsRegular() {
		fmt.Fprintf(sum, "other %q\n", file)
		return nil
	}
	content := sha256.New()
	f, err := root.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.Copy(content, f); err != nil {
		return err
	}
	fmt.Fprintf(sum, "file %q %t %x\n", file, info.Mode()&0o111 != 0, content.Sum(nil))
	return nil
}

// isGone tells whether a file, or a directory on the way to it, is not there any more.
func isGone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) }
