package config

import (
	"net/url"
	"strings"
)

// holdsPassword tells whether a text is an address with a password in it.
func holdsPassword(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		// Not even an address, but with all that makes one dangerous.
		_, rest, found := strings.Cut(text, "://")
		user, _, at := strings.Cut(rest, "@")
		return found && at && strings.Contains(user, ":")
	}
	if u.Host == "" {
		return false
	}
	password, set := u.User.Password()
	return set && password != "" || u.Query().Has("password")
}

// isReference tells whether a text says where a secret is, and is not the secret.
func isReference(text string) bool {
	return strings.HasPrefix(text, "env:") || strings.HasPrefix(text, "file:") || strings.HasPrefix(text, "exec:")
}

// wrongReference says what is wrong with a reference; "" when nothing is, or when it is none.
func wrongReference(text string) string {
	switch kind, rest, _ := strings.Cut(text, ":"); {
	case kind == "env" && !variablePattern.MatchString(rest):
		return `names no environment variable: write "env:NAME"`
	case kind == "file" && (rest == "" || strings.ContainsRune(rest, 0)):
		return `names no file: write "file:PATH"`
	case kind == "exec" && (strings.TrimSpace(rest) == "" || strings.ContainsRune(rest, 0)):
		return `names no command: write "exec:COMMAND"`
	}
	return ""
}

// wrongAddress says what is wrong with the address of a database server; "" when nothing is.
func wrongAddress(text string) string {
	const instead = `refer to it: "env:NAME", "file:PATH" or "exec:COMMAND"`
	kind, _, _ := strings.Cut(text, ":")
	switch {
	case isReference(text):
		return wrongReference(text)
	case holdsPassword(text) || strings.Contains(text, "password"):
		return "holds a password, and this file is kept in git and in every run's journal: " + instead
	case kind == "postgres" || kind == "postgresql":
		if u, err := url.Parse(text); err != nil || u.Host == "" && u.Query().Get("host") == "" {
			return "is no address of a server: " + instead
		}
	default:
		return "is neither a reference nor a postgres:// address: " + instead
	}
	return ""
}
