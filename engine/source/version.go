package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
)

// unversioned is the version of a service that keeps none: its commits tell its releases apart.
const unversioned = "0.0.0"

// A version becomes part of tags, labels and file names.
var versionPattern = pattern.New(`^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$`)

func versionOnDisk(service, name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(service, name))
	if errors.Is(err, fs.ErrNotExist) {
		return unversioned, nil
	}
	if err != nil {
		return "", fmt.Errorf("read the version: %w", err)
	}
	return parseVersion(string(text), filepath.Join(service, name))
}

func (r repository) versionAt(ctx context.Context, commit, name string) (string, error) {
	file := path.Join(r.prefix, filepath.ToSlash(name))
	out, err := run(ctx, r.top, "ls-tree", "-z", commit, "--", file)
	if err != nil {
		return "", err
	}
	if out == "" {
		return unversioned, nil
	}
	if out, err = run(ctx, r.top, "cat-file", "blob", commit+":"+file); err != nil {
		return "", err
	}
	return parseVersion(out, fmt.Sprintf("%s of commit %.7s", file, commit))
}

func parseVersion(text, where string) (string, error) {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if line = strings.TrimSpace(line); !versionPattern.MatchString(line) {
		return "", fmt.Errorf("%s says %.70q: it must hold a version like 1.8.0", where, line)
	}
	return line, nil
}
