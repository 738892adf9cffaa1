// Package source is where the code of a run comes from: a commit, or the working tree as it stands. It only reads the
// user's repository: it takes no locks there, refreshes no index and starts no hooks.
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Option changes how a source is read.
type Option func(*options)

type options struct {
	version string // the file that holds the version, relative to the service
	notes   io.Writer
}

func chosen(list []Option) options {
	o := options{version: "VERSION", notes: io.Discard}
	for _, option := range list {
		option(&o)
	}
	return o
}

// VersionFile reads the version from another file than VERSION in the service's directory.
func VersionFile(name string) Option { return func(o *options) { o.version = name } }

// Notes takes a line about everything that a checkout leaves out: submodules, and symbolic links that lead outside.
func Notes(w io.Writer) Option { return func(o *options) { o.notes = w } }

// Inspect says what there is to build of the service at path: exactly the commit that rev names, or, when rev is "",
// what stands in the working tree.
//
// A working tree is Dirty when anything below path, or go.mod or go.sum at the top of the repository, is not as in the
// commit that is checked out; Dirty then names that difference, and Uncommitted all its files. Where it is not, the
// commit alone is built: a change elsewhere in the repository reaches the service with its commit. A path outside of any
// repository, or in one without a commit, has no Commit, and Dirty names its content.
func Inspect(ctx context.Context, path, rev string, list ...Option) (promotion.Source, error) {
	o := chosen(list)
	r, err := locate(ctx, path)
	if err != nil {
		return promotion.Source{}, err
	}
	if rev == "" && !r.hasCommit(ctx) {
		return loose(ctx, r, path, o)
	}
	if !r.git {
		return promotion.Source{}, fmt.Errorf("build commit %s of %s: %w", rev, path, r.why)
	}
	found, err := r.commit(ctx, orHead(rev))
	if err != nil {
		return promotion.Source{}, err
	}
	found.Path = path
	if rev == "" {
		if found.Uncommitted, found.Dirty, err = r.difference(ctx); err != nil {
			return promotion.Source{}, err
		}
	}
	if found.Dirty != "" {
		found.Version, err = versionOnDisk(path, o.version)
		return found, err
	}
	if err := r.holds(ctx, found.Commit); err != nil {
		return promotion.Source{}, err
	}
	found.Version, err = r.versionAt(ctx, found.Commit, o.version)
	return found, err
}

func orHead(rev string) string {
	if rev == "" {
		return "HEAD"
	}
	return rev
}

// loose is a source without a commit.
func loose(ctx context.Context, r repository, path string, o options) (promotion.Source, error) {
	found := promotion.Source{Path: path}
	var err error
	if found.Dirty, err = r.content(ctx); err != nil {
		return promotion.Source{}, err
	}
	found.Version, err = versionOnDisk(path, o.version)
	return found, err
}

// Head is the newest commit of a branch that touches the service at path, without its version.
//
// It costs one git command, which walks the branch back to that commit: milliseconds in a usual repository. Only where
// the branch is missing it asks further: for origin's branch of that name, for master where main was asked for, and
// for the commit that is checked out where no branch is (as in a CI's clone). Without git it reads the service's files.
func Head(ctx context.Context, path, branch string) (promotion.Source, error) {
	found, err := newest(ctx, path, "refs/heads/"+branch)
	switch {
	case err == nil:
		return found, nil
	case errors.Is(err, errNoRevision):
	case isNoCheckout(err):
		r, err := locate(ctx, path)
		if err != nil {
			return promotion.Source{}, err
		}
		return loose(ctx, r, path, chosen(nil))
	default:
		return promotion.Source{}, err
	}
	instead, err := otherBranch(ctx, path, branch)
	if err != nil {
		return promotion.Source{}, err
	}
	return newest(ctx, path, instead)
}

// newest is the last commit up to a revision that touches the path.
func newest(ctx context.Context, path, rev string) (promotion.Source, error) {
	out, err := run(ctx, path, "log", "-1", format, rev, "--", ".")
	if err != nil {
		return promotion.Source{}, err
	}
	if out == "" {
		return promotion.Source{}, fmt.Errorf("no commit of %s touches %s: commit it, and its pipeline can start", shortRef(rev), path)
	}
	found, err := parseCommit(out)
	found.Path = path
	return found, err
}

// otherBranch is what to follow where the branch does not exist.
func otherBranch(ctx context.Context, path, branch string) (string, error) {
	candidates := []string{"refs/remotes/origin/" + branch}
	if branch == "main" {
		candidates = append(candidates, "refs/heads/master", "refs/remotes/origin/master")
	}
	out, err := run(ctx, path, append([]string{"for-each-ref", "--format=%(refname)"}, candidates...)...)
	if err != nil {
		return "", err
	}
	there := strings.Fields(out)
	for _, candidate := range candidates {
		for _, ref := range there {
			if ref == candidate {
				return ref, nil
			}
		}
	}
	if _, err := run(ctx, path, "rev-parse", "--quiet", "--verify", "HEAD^{commit}"); err != nil {
		return "", fmt.Errorf("the repository of %s has no commit yet: commit, and its pipeline can start", path)
	}
	if _, err := run(ctx, path, "symbolic-ref", "--quiet", "HEAD"); err != nil {
		return "HEAD", nil
	}
	return "", fmt.Errorf("the repository of %s has no branch %q: name its main branch in config.toml: [pipeline] branch = \"…\"", path, branch)
}

// Includes tells whether a commit of the service's repository has another one in its history, or is that one. A run of
// it then carries the other: nothing of the other is left to promote.
func Includes(ctx context.Context, path, commit, other string) (bool, error) {
	if commit == other {
		return true, nil
	}
	_, err := run(ctx, path, "merge-base", "--is-ancestor", "--", other, commit)
	var failed *failure
	if errors.As(err, &failed) && failed.status() == 1 {
		return false, nil
	}
	return err == nil, err
}

func shortRef(ref string) string {
	return strings.TrimPrefix(strings.TrimPrefix(ref, "refs/heads/"), "refs/remotes/")
}

// exists refuses a path that is no directory, in a sentence that git would not find.
func exists(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", fmt.Errorf("the service's directory %s: %w", path, err)
	}
	if info, err := os.Stat(real); err != nil || !info.IsDir() {
		return "", fmt.Errorf("the service's directory %s is no directory", path)
	}
	return filepath.Abs(real)
}
