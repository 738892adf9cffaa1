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

// A checkout's directory holds the repository's files in "tree", and in the marker where in it the service is. Its
// .gitignore keeps it from being part of the next checkout, wherever in the repository it lies.
const (
	marker = ".gantry-checkout"
	tree   = "tree"
)

// Checkout materialises a source in dir, which it makes, and returns the service's directory in it: exactly the commit,
// as git would check it out, or a copy of the working tree's tracked and not ignored files. A working tree that has
// changed since Inspect is refused: the run would build something else than it says.
//
// Submodules are left empty, and symbolic links that lead out of the checkout are left out; Notes tells.
func Checkout(ctx context.Context, s promotion.Source, dir string, list ...Option) (string, error) {
	o := chosen(list)
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	r, err := locate(ctx, s.Path)
	if err != nil {
		return "", err
	}
	if err := prepare(dir, r.prefix); err != nil {
		return "", err
	}
	to := filepath.Join(dir, tree)
	if s.Commit != "" && s.Dirty == "" {
		err = r.export(ctx, s.Commit, to, o)
	} else {
		err = r.copyTree(ctx, s, to, o)
	}
	if err != nil {
		return "", err
	}
	if err := confine(to, o); err != nil {
		return "", err
	}
	return Dir(s, dir)
}

func prepare(dir, prefix string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the checkout's directory: %w", err)
	}
	for name, text := range map[string]string{marker: prefix, ".gitignore": "*\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("mark the checkout: %w", err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, tree), 0o755); err != nil {
		return fmt.Errorf("make the checkout's tree, where nothing may be yet: %w", err)
	}
	return nil
}

// Dir is the service's directory in a checkout that was made of the source.
func Dir(s promotion.Source, dir string) (string, error) {
	prefix, err := os.ReadFile(filepath.Join(dir, marker))
	if err != nil {
		return "", fmt.Errorf("%s is no checkout of %s: %w", dir, s.Path, err)
	}
	service := filepath.Join(dir, tree, filepath.FromSlash(string(prefix)))
	if info, err := os.Stat(service); err != nil || !info.IsDir() {
		return "", fmt.Errorf("the checkout in %s has no directory %s", dir, prefix)
	}
	return service, nil
}

// export writes a commit out through an index of its own. Unlike an archive it leaves nothing out and changes nothing
// for attributes such as export-ignore.
func (r repository) export(ctx context.Context, commit, to string, o options) (err error) {
	if !r.git {
		return fmt.Errorf("check commit %.7s of %s out: %w", commit, r.top, r.why)
	}
	index := filepath.Join(filepath.Dir(to), "index")
	defer func() { err = errors.Join(err, os.RemoveAll(index)) }()
	env := []string{"GIT_INDEX_FILE=" + index}
	git := func(args ...string) (string, error) {
		return runWith(ctx, r.top, env, append([]string{"-c", "core.sparseCheckout=false"}, args...)...)
	}
	if _, err := git("read-tree", commit); err != nil {
		return fmt.Errorf("read commit %.7s: %w", commit, err)
	}
	if _, err := git("checkout-index", "--all", "--prefix="+to+"/"); err != nil {
		return fmt.Errorf("write commit %.7s out: %w", commit, err)
	}
	staged, err := git("ls-files", "--stage", "-z")
	if err != nil {
		return err
	}
	for _, entry := range split(staged) {
		if about, name, found := strings.Cut(entry, "\t"); found && strings.HasPrefix(about, "160000 ") {
			fmt.Fprintf(o.notes, "the submodule %s is left empty\n", name)
		}
	}
	return nil
}
