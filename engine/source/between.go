package source

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Path is what lies between two commits of a service's repository, as far as it concerns the service.
type Path struct {
	Commits []promotion.Source // newest first, without their paths
	More    int                // commits besides those
	Lost    int                // commits that only the first one has
	Files   []string           // that differ, from the top of the repository
}

// Between tells how one commit became another one: at most n commits of it.
func Between(ctx context.Context, service, from, to string, n int) (Path, error) {
	r, err := locate(ctx, service)
	if err != nil {
		return Path{}, err
	}
	if !r.git {
		return Path{}, r.why
	}
	for _, commit := range []string{from, to} {
		if _, err := r.commit(ctx, commit); err != nil {
			return Path{}, fmt.Errorf("commit %.7s is not in %s: it was not fetched, or its history was rewritten", commit, r.top)
		}
	}
	var p Path
	all, err := r.count(ctx, from, to)
	if err == nil {
		p.Lost, err = r.count(ctx, to, from)
	}
	if err != nil {
		return p, err
	}
	out, err := run(ctx, r.top, append([]string{"log", "-z", "--max-count", strconv.Itoa(n), format, from + ".." + to, "--"}, r.part()...)...)
	if err != nil {
		return p, err
	}
	// Four fields and an end for each commit, all with the same byte between them.
	for fields := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00"); len(fields) >= 4; fields = fields[4:] {
		c, err := parseCommit(strings.Join(fields[:4], "\x00"))
		if err != nil {
			return p, err
		}
		p.Commits = append(p.Commits, c)
	}
	p.More = all - len(p.Commits)
	out, err = run(ctx, r.top, append([]string{"diff", "-z", "--name-only", "--no-renames", "--no-ext-diff", from, to, "--"}, r.part()...)...)
	p.Files = split(out)
	return p, err
}

// count is how many commits that concern the service the second one has and the first has not.
func (r repository) count(ctx context.Context, without, with string) (int, error) {
	out, err := run(ctx, r.top, append([]string{"rev-list", "--count", without + ".." + with, "--"}, r.part()...)...)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(out))
}

// File is the text of a file, from the top of the repository, as it is in a commit; nil when it is not there.
func File(ctx context.Context, service, commit, file string) ([]byte, error) {
	r, err := locate(ctx, service)
	if err != nil {
		return nil, err
	}
	out, err := run(ctx, r.top, "cat-file", "blob", commit+":"+file)
	var failed *failure
	if errors.As(err, &failed) && failed.status() == 128 {
		return nil, nil
	}
	return []byte(out), err
}
