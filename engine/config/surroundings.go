package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// disk is this machine.
type disk struct{}

func (disk) missing(path string, directory bool) string {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it does not exist"
	case err != nil:
		return err.Error()
	case directory && !info.IsDir():
		return "it is no directory"
	case !directory && info.IsDir():
		return "it is a directory, not a file"
	}
	return ""
}

func (disk) reference(reference, root string) string {
	kind, rest, _ := strings.Cut(reference, ":")
	if kind == "env" {
		return os.Getenv(rest)
	}
	if !filepath.IsAbs(rest) {
		rest = filepath.Join(root, rest)
	}
	text, err := os.ReadFile(rest)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// nowhere knows nothing and finds nothing wrong.
type nowhere struct{}

func (nowhere) missing(string, bool) string     { return "" }
func (nowhere) reference(string, string) string { return "" }
