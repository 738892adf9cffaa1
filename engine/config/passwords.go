package config

import (
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
)

// keyword finds a password in what libpq calls a connection string: host=db password='…'.
var keyword = regexp.MustCompile(`(?i)\bpassword\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s'&]+))`)

// Passwords are those in the address of a server, however it is written; nil when there is none.
func Passwords(address string) []string {
	var found []string
	if u, err := url.Parse(address); err == nil {
		if password, set := u.User.Password(); set {
			found = append(found, password)
		}
		found = append(found, u.Query()["password"]...)
	}
	for _, match := range keyword.FindAllStringSubmatch(address, -1) {
		found = append(found, strings.ReplaceAll(match[1], `\`, "")+match[2])
	}
	slices.Sort(found)
	return slices.DeleteFunc(slices.Compact(found), func(s string) bool { return s == "" })
}

// secretName is how variables are called that hold a secret.
var secretName = regexp.MustCompile(`(?i)token|secret|passw|passphrase|credential|api_?key|private_?key|access_?key`)

// switches are values of such variables that are none.
var switches = []string{"", "0", "1", "on", "off", "true", "false", "yes", "no"}

// Secrets are what must not show in a log of what the service's commands say: the values of those variables in pass_env
// that are called like secrets, and the passwords in all of them.
func (s Service) Secrets() []string {
	var found []string
	for _, name := range s.PassEnv {
		value := os.Getenv(name)
		found = append(found, Passwords(value)...)
		if secretName.MatchString(name) && !slices.Contains(switches, strings.ToLower(value)) {
			found = append(found, value)
		}
	}
	return found
}
