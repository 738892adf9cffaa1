package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Resolve reads a value that the configuration may hold itself or refer to: "env:NAME"; "file:PATH", the path relative to
// the configuration; or "exec:COMMAND", which runs there with "sh -c" and prints the value.
func Resolve(reference, root string) (string, error) {
	kind, rest, _ := strings.Cut(reference, ":")
	switch kind {
	case "env":
		value := os.Getenv(rest)
		if value == "" {
			return "", fmt.Errorf("the environment variable %s, which the configuration refers to, is not set where Gantry runs", rest)
		}
		return value, nil
	case "file":
		if !filepath.IsAbs(rest) {
			rest = filepath.Join(root, rest)
		}
		text, err := os.ReadFile(rest)
		if err != nil {
			return "", fmt.Errorf("the file that the configuration refers to: %w", err)
		}
		return strings.TrimSpace(string(text)), nil
	case "exec":
		return printed(rest, root)
	}
	return reference, nil
}

// printing is how long a command may take to print a value.
const printing = 10 * time.Second

// printed is what a command prints. What it says when it fails is left out of the error: it may be the secret.
func printed(command, root string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), printing)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir, cmd.WaitDelay = root, time.Second
	text, err := cmd.Output()
	if ctx.Err() != nil {
		err = fmt.Errorf("it did not end within %s", printing)
	}
	value := strings.TrimSpace(string(text))
	if err == nil && value == "" {
		err = errors.New("it printed nothing")
	}
	if err != nil {
		return "", fmt.Errorf("the command that the configuration refers to (%s): %w", command, err)
	}
	return value, nil
}
