package source

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/gantry-cd/gantry/engine/process"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// copyTree copies the working tree, and proves that it is still what Inspect saw.
func (r repository) copyTree(ctx context.Context, s promotion.Source, to string, o options) error {
	files, err := r.files(ctx)
	if err != nil {
		return err
	}
	from, err := os.OpenRoot(r.top)
	if err != nil {
		return fmt.Errorf("read the working tree: %w", err)
	}
	defer from.Close()
	target, err := os.OpenRoot(to)
	if err != nil {
		return fmt.Errorf("write the copy of the working tree: %w", err)
	}
	defer target.Close()
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err := copyFile(from, target, file, o); err != nil {
			return fmt.Errorf("copy %s of the working tree: %w", file, err)
		}
	}
	return r.unchanged(ctx, s)
}

// unchanged refuses a working tree that is not what the source says any more.
func (r repository) unchanged(ctx context.Context, s promotion.Source) error {
	var now, head string
	var err error
	if r.hasCommit(ctx) {
		found, err := r.commit(ctx, "HEAD")
		if err != nil {
			return err
		}
		head = found.Commit
	}
	if head == "" {
		now, err = r.content(ctx)
	} else {
		_, now, err = r.difference(ctx)
	}
	if err != nil {
		return err
	}
	if now != s.Dirty || head != s.Commit {
		return fmt.Errorf("the working tree of %s has changed since this run was started: start a new one", s.Path)
	}
	return nil
}

// copyFile copies one file or symbolic link. What is gone, or lies behind a link that has taken a directory's place, is
// not part of the working tree; a directory in a list of files is a repository of its own.
func copyFile(from, to *os.Root, file string, o options) error {
	info, err := from.Lstat(file)
	if isGone(err) || behindLink(from, file) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := to.MkdirAll(path.Dir(file), 0o755); err != nil {
		return err
	}
	switch {
	case info.IsDir():
		fmt.Fprintf(o.notes, "%s is a repository of its own and left empty\n", file)
		return to.MkdirAll(path.Clean(file), 0o755)
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := from.Readlink(file)
		if err != nil {
			return err
		}
		return to.Symlink(target, file)
	case !info.Mode().IsRegular():
		fmt.Fprintf(o.notes, "%s is no file and left out\n", file)
		return nil
	}
	return copyContent(from, to, file, info.Mode())
}

func behindLink(root *os.Root, file string) bool {
	for at := path.Dir(file); at != "."; at = path.Dir(at) {
		if info, err := root.Lstat(at); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return true
		}
	}
	return false
}

func copyContent(from, to *os.Root, file string, mode fs.FileMode) error {
	in, err := from.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	if mode&0o111 != 0 { // a script, which a step may run
		flags := os.O_CREATE | os.O_EXCL
		return process.WriteProgram(in, func() (*os.File, error) {
			out, err := to.OpenFile(file, flags|os.O_APPEND|os.O_WRONLY, 0o755)
			flags = 0
			return out, err
		})
	}
	out, err := to.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
