package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Resolve reads a value that the configuration may hold itself or refer to: "env:NAME" or "file:PATH", the path relative
// to the configuration.
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
	}
	return reference, nil
}
