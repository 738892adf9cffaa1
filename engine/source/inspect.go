package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// VersionFile names a service's version; it lies in the service's directory.
const VersionFile = "VERSION"

// noVersion is what a service without such a file is called.
const noVersion = "0.0.0"

// Inspect says what would be built: the revision, or with revision "" the working tree as it is now.
func Inspect(ctx context.Context, path, revision string) (promotion.Source, error) {
	r, err := open(ctx, path)
	if errors.Is(err, errNoCheckout) {
		if revision != "" {
			return promotion.Source{}, fmt.Errorf("%s is no git checkout: it has no revision %q", path, revision)
		}
		return directory(path)
	}
	if err != nil {
		return promotion.Source{}, err
	}
	if revision != "" {
		return r.commit(ctx, path, revision)
	}
	head, err := r.last(ctx, path, "HEAD")
	if err != nil {
		return promotion.Source{}, err
	}
	if head.Version, err = version(path); err != nil {
		return promotion.Source{}, err
	}
	head.Dirty, err = r.dirty(ctx)
	return head, err
}

// Head is the newest commit of a branch that touches the path: two git commands, a few milliseconds. A path that is no
// checkout is hashed instead.
func Head(ctx context.Context, path, branch string) (promotion.Source, error) {
	r, err := open(ctx, path)
	if errors.Is(err, errNoCheckout) {
		return directory(path)
	}
	if err != nil {
		return promotion.Source{}, err
	}
	return r.last(ctx, path, r.branch(ctx, branch))
}

// branch is the main branch under the name it has here; on a detached head, as build machines check out, the head is.
func (r repository) branch(ctx context.Context, wanted string) string {
	for _, name := range []string{wanted, "origin/" + wanted, "master"} {
		if _, err := r.git(ctx, "rev-parse", "--verify", "--quiet", name+"^{commit}"); err == nil {
			return name
		}
	}
	return "HEAD"
}

// last is the newest commit up to a revision that touches the repository's part below the path.
func (r repository) last(ctx context.Context, path, revision string) (promotion.Source, error) {
	out, err := r.git(ctx, "log", "-1", "--format=%H%x00%s%x00%an", revision, "--", r.below())
	if err != nil {
		return promotion.Source{}, err
	}
	fields := strings.Split(strings.TrimSuffix(string(out), "\n"), "\x00")
	if len(fields) != 3 {
		return promotion.Source{}, fmt.Errorf("no commit of %s touches %s: commit it first", revision, path)
	}
	return promotion.Source{Path: path, Commit: fields[0], Subject: fields[1], Author: fields[2]}, nil
}

// commit is exactly the commit that a revision names.
func (r repository) commit(ctx context.Context, path, revision string) (promotion.Source, error) {
	out, err := r.git(ctx, "log", "-1", "--format=%H%x00%s%x00%an", "--end-of-options", revision)
	if err != nil {
		return promotion.Source{}, fmt.Errorf("%q names no commit of %s: %w", revision, r.root, err)
	}
	fields := strings.Split(strings.TrimSuffix(string(out), "\n"), "\x00")
	if len(fields) != 3 {
		return promotion.Source{}, fmt.Errorf("%q names no commit of %s", revision, r.root)
	}
	from := promotion.Source{Path: path, Commit: fields[0], Subject: fields[1], Author: fields[2], Version: noVersion}
	if text, err := r.git(ctx, "show", fields[0]+":"+r.prefix+VersionFile); err == nil {
		from.Version = strings.TrimSpace(string(text))
	}
	return from, nil
}

// dirty is a hash of what differs from the commits below the path, "" when nothing does. The module files at the
// repository's root count too: they decide what is built.
func (r repository) dirty(ctx context.Context) (string, error) {
	out, err := r.git(ctx, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", r.below(), ":(top)go.mod", ":(top)go.sum")
	if err != nil || len(out) == 0 {
		return "", err
	}
	var paths []string
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if len(entry) > 3 {
			paths = append(paths, entry[3:])
		}
	}
	return hashFiles(r.root, paths)
}

// directory describes a path that is no checkout: its files' hash stands for the commit.
func directory(path string) (promotion.Source, error) {
	paths, err := files(path)
	if err != nil {
		return promotion.Source{}, err
	}
	hash, err := hashFiles(path, paths)
	if err != nil {
		return promotion.Source{}, err
	}
	v, err := version(path)
	return promotion.Source{Path: path, Dirty: hash, Version: v}, err
}

func version(path string) (string, error) {
	text, err := os.ReadFile(filepath.Join(path, VersionFile))
	if errors.Is(err, os.ErrNotExist) {
		return noVersion, nil
	}
	if err != nil {
		return "", fmt.Errorf("read the version of %s: %w", path, err)
	}
	return strings.TrimSpace(string(text)), nil
}
