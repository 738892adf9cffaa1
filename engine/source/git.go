// Package source is where the code of a run comes from: a commit of a git repository, its working tree, or a plain
// directory. It never writes to the user's repository.
package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// errNoCheckout means that a path is not in a git checkout, or that there is no git to ask.
var errNoCheckout = errors.New("no git checkout")

// repository is the checkout that a path lies in.
type repository struct {
	root   string // its top level
	prefix string // the path below it, "" or with a trailing slash
}

// open finds the checkout of a path.
func open(ctx context.Context, path string) (repository, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return repository{}, errNoCheckout
	}
	out, err := git(ctx, path, "rev-parse", "--show-toplevel", "--show-prefix")
	if err != nil {
		return repository{}, errNoCheckout
	}
	root, prefix, _ := strings.Cut(strings.TrimSuffix(string(out), "\n"), "\n")
	return repository{root: root, prefix: prefix}, nil
}

// git runs git in a directory and returns what it printed.
func git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	// Looking must not touch: no refresh of the index, no prompt.
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s in %s: %w: %s", args[0], dir, err, strings.TrimSpace(errs.String()))
	}
	return out, nil
}

func (r repository) git(ctx context.Context, args ...string) ([]byte, error) {
	return git(ctx, r.root, args...)
}

// below is the path that a service's history is about.
func (r repository) below() string {
	if r.prefix == "" {
		return "."
	}
	return strings.TrimSuffix(r.prefix, "/")
}
