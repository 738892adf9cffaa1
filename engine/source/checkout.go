package source

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Checkout brings the source into an empty or new directory and returns the service's directory in it: exactly the
// commit, or, where the source is a working tree, a copy of its tracked and its untracked but not ignored files. A
// service inside a larger repository gets the whole repository, which its build may need.
func Checkout(ctx context.Context, from promotion.Source, dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make %s: %w", dir, err)
	}
	r, err := open(ctx, from.Path)
	if errors.Is(err, errNoCheckout) {
		paths, err := files(from.Path)
		if err != nil {
			return "", err
		}
		return dir, copyFiles(from.Path, paths, dir)
	}
	if err != nil {
		return "", err
	}
	if from.Dirty == "" {
		err = r.export(ctx, from.Commit, dir)
	} else {
		err = r.copyTree(ctx, dir)
	}
	return filepath.Join(dir, r.prefix), err
}

// Dir is where Checkout put the service.
func Dir(from promotion.Source, dir string) (string, error) {
	r, err := open(context.Background(), from.Path)
	if errors.Is(err, errNoCheckout) {
		return dir, nil
	}
	return filepath.Join(dir, r.prefix), err
}

// copyTree copies the working tree as it is.
func (r repository) copyTree(ctx context.Context, dir string) error {
	out, err := r.git(ctx, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
	if err != nil {
		return err
	}
	return copyFiles(r.root, strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), dir)
}

// export writes one commit's files.
func (r repository) export(ctx context.Context, commit, dir string) error {
	cmd := exec.CommandContext(ctx, "git", "archive", "--format=tar", commit)
	cmd.Dir = r.root
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("export %s: %w", commit, err)
	}
	unpacked := untar(out, dir)
	if unpacked != nil {
		_, _ = io.Copy(io.Discard, out)
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("export %s: %w: %s", commit, err, strings.TrimSpace(errs.String()))
	}
	return unpacked
}

// untar writes what git archives: directories, files and links that stay inside.
func untar(in io.Reader, dir string) error {
	archive := tar.NewReader(in)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("unpack the source: %w", err)
		}
		if header.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if !filepath.IsLocal(header.Name) {
			return fmt.Errorf("unpack the source: %q leads out of it", header.Name)
		}
		if err := unpackOne(archive, header, filepath.Join(dir, header.Name)); err != nil {
			return fmt.Errorf("unpack %s: %w", header.Name, err)
		}
	}
}

func unpackOne(archive io.Reader, header *tar.Header, to string) (err error) {
	if header.Typeflag == tar.TypeDir {
		return os.MkdirAll(to, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	switch header.Typeflag {
	case tar.TypeSymlink:
		if !inside(filepath.Clean(header.Name), header.Linkname) {
			return nil
		}
		return os.Symlink(header.Linkname, to)
	case tar.TypeReg:
		out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, header.FileInfo().Mode().Perm()|0o200)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, out.Close()) }()
		_, err = io.Copy(out, archive)
		return err
	}
	return nil
}
