package reports

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when it is first asked: there are many, and most processes of Gantry
// read no report.
type pattern func() *regexp.Regexp

func newPattern(text string) pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

func (p pattern) MatchString(s string) bool            { return p().MatchString(s) }
func (p pattern) FindString(s string) string           { return p().FindString(s) }
func (p pattern) FindStringSubmatch(s string) []string { return p().FindStringSubmatch(s) }
func (p pattern) ReplaceAllString(s, by string) string { return p().ReplaceAllString(s, by) }
