package config

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

// surroundings is what a check may ask beyond the text itself.
type surroundings interface {
	// missing says what is wrong with a path that should be of a kind; "" when it is there.
	missing(path string, as kind) string
	// reference is what "env:NAME" or "file:PATH" means today; "" when it cannot be known.
	reference(reference, root string) string
}

type kind int

const (
	anything kind = iota
	aFile
	aDirectory
)

// disk is this machine.
type disk struct{}

func (disk) missing(path string, as kind) string {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it does not exist"
	case err != nil:
		return err.Error()
	case as == aDirectory && !info.IsDir():
		return "it is no directory"
	case as == aFile && info.IsDir():
		return "it is a directory, not a file"
	}
	return ""
}

func (disk) reference(reference, root string) string {
	if strings.HasPrefix(reference, "exec:") { // to check a configuration runs nothing
		return ""
	}
	value, err := Resolve(reference, root)
	if err != nil {
		return ""
	}
	return value
}

// nowhere knows nothing and finds nothing wrong.
type nowhere struct{}

func (nowhere) missing(string, kind) string     { return "" }
func (nowhere) reference(string, string) string { return "" }
