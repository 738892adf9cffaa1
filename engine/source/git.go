package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

var (
	errNoRevision = errors.New("there is no such revision")
	errNoCheckout = errors.New("it is in no git checkout")
	errNoGit      = errors.New("git is not on PATH: install it to build commits; without it only a directory's content can be built")
)

// isNoCheckout tells whether there is nothing to ask git about, or no git to ask.
func isNoCheckout(err error) bool { return errors.Is(err, errNoCheckout) || errors.Is(err, errNoGit) }

// failure is a git command that did not succeed.
type failure struct {
	args   []string
	dir    string
	stderr string
	err    error
}

func (f *failure) Error() string {
	said := strings.TrimSpace(f.stderr)
	if said == "" {
		said = f.err.Error()
	}
	return fmt.Sprintf("git %s in %s: %s", strings.Join(f.args, " "), f.dir, said)
}

// Unwrap tells what kind of failure it is.
func (f *failure) Unwrap() error {
	switch {
	case errors.Is(f.err, exec.ErrNotFound):
		return errNoGit
	case strings.Contains(f.stderr, "not a git repository"), strings.Contains(f.stderr, "must be run in a work tree"):
		return errNoCheckout
	case strings.Contains(f.stderr, "unknown revision"), strings.Contains(f.stderr, "bad revision"),
		strings.Contains(f.stderr, "does not have any commits"), strings.Contains(f.stderr, "Needed a single revision"):
		return errNoRevision
	}
	return f.err
}

// status is the command's exit status; -1 when it had none.
func (f *failure) status() int {
	var exit *exec.ExitError
	if errors.As(f.err, &exit) {
		return exit.ExitCode()
	}
	return -1
}

// settings keep git from doing anything in the user's repository but read.
var settings = []string{
	"-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false", "-c", "core.hooksPath=/dev/null",
	"-c", "core.splitIndex=false", "-c", "log.showSignature=false", "-c", "core.quotePath=false",
}

// run runs git in a directory and returns what it prints.
func run(ctx context.Context, dir string, args ...string) (string, error) {
	return runWith(ctx, dir, nil, args...)
}

func runWith(ctx context.Context, dir string, env []string, args ...string) (string, error) {
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, "git", slices.Concat(settings, args)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &said
	cmd.Env = append(surroundings(), env...)
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		return "", &failure{args: args, dir: dir, stderr: said.String(), err: err}
	}
	return out.String(), nil
}

// surroundings are this process's variables without those that would point git at another repository, as they are set
// where Gantry is started by a hook.
func surroundings() []string {
	local := []string{
		"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE",
		"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
	}
	env := slices.DeleteFunc(os.Environ(), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(local, name)
	})
	return append(env, "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C", "GIT_PAGER=cat")
}

// format is how a commit is asked for; parseCommit reads it.
const format = "--format=%H%x00%s%x00%an <%ae>%x00%ct"

func parseCommit(out string) (promotion.Source, error) {
	fields := strings.Split(strings.TrimSuffix(out, "\n"), "\x00")
	unreadable := fmt.Errorf("git says of a commit %q: that cannot be read", out)
	if len(fields) != 4 {
		return promotion.Source{}, unreadable
	}
	committed, err := strconv.ParseInt(fields[3], 10, 64)
	if err != nil {
		return promotion.Source{}, unreadable
	}
	return promotion.Source{Commit: fields[0], Subject: fields[1], Author: fields[2], Committed: time.Unix(committed, 0).UTC()}, nil
}
