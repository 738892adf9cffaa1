package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// repository is what a service's directory is part of: a git checkout, or, where there is none, the directories up to
// the one that makes a whole.
type repository struct {
	top    string // absolute
	prefix string // of the service below it, with slashes; "." is the top itself
	git    bool
	why    error // there is no git
}

func locate(ctx context.Context, service string) (repository, error) {
	real, err := exists(service)
	if err != nil {
		return repository{}, err
	}
	out, err := run(ctx, real, "rev-parse", "--show-toplevel", "--show-prefix")
	if isNoCheckout(err) {
		top := whole(real)
		prefix, relErr := filepath.Rel(top, real)
		return repository{top: top, prefix: filepath.ToSlash(prefix), why: plainly(err)}, relErr
	}
	if err != nil {
		return repository{}, err
	}
	top, prefix, _ := strings.Cut(out, "\n")
	return repository{top: top, prefix: path.Clean(strings.TrimSuffix(prefix, "\n")), git: true}, nil
}

// plainly is the kind of an error without what git printed.
func plainly(err error) error {
	if errors.Is(err, errNoGit) {
		return errNoGit
	}
	return errNoCheckout
}

// whole is the nearest directory upwards that something to build is complete in: the top of a checkout that git cannot
// be asked about, or of a Go module; the directory itself where there is neither.
func whole(dir string) string {
	for _, mark := range []string{".git", "go.mod"} {
		for at := dir; ; at = filepath.Dir(at) {
			if _, err := os.Lstat(filepath.Join(at, mark)); err == nil {
				return at
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return dir
}

func (r repository) hasCommit(ctx context.Context) bool {
	if !r.git {
		return false
	}
	_, err := run(ctx, r.top, "rev-parse", "--quiet", "--verify", "HEAD^{commit}")
	return err == nil
}

func (r repository) commit(ctx context.Context, rev string) (promotion.Source, error) {
	if strings.HasPrefix(rev, "-") {
		return promotion.Source{}, fmt.Errorf("%q is no revision of git", rev)
	}
	out, err := run(ctx, r.top, "log", "-1", format, rev+"^{commit}", "--")
	if errors.Is(err, errNoRevision) {
		return promotion.Source{}, fmt.Errorf("there is no commit %q in %s: fetch it, or look with git log", rev, r.top)
	}
	if err != nil {
		return promotion.Source{}, err
	}
	return parseCommit(out)
}

// holds refuses a commit in which the service's directory does not exist.
func (r repository) holds(ctx context.Context, commit string) error {
	if r.prefix == "." {
		return nil
	}
	if kind, err := run(ctx, r.top, "cat-file", "-t", commit+":"+r.prefix); err != nil || kind != "tree\n" {
		return fmt.Errorf("commit %.7s has no directory %s: commit it first, or see whether .gitignore leaves it out", commit, r.prefix)
	}
	return nil
}

// part are the pathspecs of what makes the service: its directory, and what pins the versions of its modules.
func (r repository) part() []string {
	prefix := r.prefix
	if prefix == "." { // by which git understands nothing at all
		prefix = ""
	}
	return []string{":(top,literal)" + prefix, ":(top,literal)go.mod", ":(top,literal)go.sum"}
}

// inPart tells the same of one path.
func (r repository) inPart(file string) bool {
	return r.prefix == "." || file == r.prefix || strings.HasPrefix(file, r.prefix+"/") || file == "go.mod" || file == "go.sum"
}

// files are all files of the working tree that a build may need, with slashes and sorted: in a checkout what git
// tracks or would, else everything that is there.
func (r repository) files(ctx context.Context) ([]string, error) {
	if !r.git {
		return walk(r.top)
	}
	out, err := run(ctx, r.top, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	files := slices.DeleteFunc(split(out), ours)
	slices.Sort(files)
	return slices.Compact(files), nil
}

// split takes what git prints with -z apart.
func split(out string) []string {
	if out == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
}

// ours tells whether a path belongs to Gantry's own state.
func ours(file string) bool { return slices.Contains(strings.Split(file, "/"), stateDirectory) }

// stateDirectory is the usual name of Gantry's own files.
const stateDirectory = ".gantry"

// walk lists every file and symbolic link, but not git's, Gantry's, and other checkouts'.
func walk(top string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(top, func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			_, err := os.Lstat(filepath.Join(at, marker))
			if at != top && (name == ".git" || name == stateDirectory || err == nil) {
				return fs.SkipDir
			}
			return nil
		}
		if name == ".git" || !entry.Type().IsRegular() && entry.Type()&fs.ModeSymlink == 0 {
			return nil
		}
		rel, err := filepath.Rel(top, at)
		files = append(files, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the files of %s: %w", top, err)
	}
	slices.Sort(files)
	return files, nil
}
