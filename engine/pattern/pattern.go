// Package pattern compiles regular expressions when they are first asked: there are many, most processes of Gantry ask few
// of them, and whoever starts one waits for what is compiled before.
package pattern

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression.
type Pattern func() *regexp.Regexp

// New is the pattern of an expression in the syntax of package regexp; the first use of one that is none panics.
func New(text string) Pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// MatchString is that of regexp.Regexp, as are the others.
func (p Pattern) MatchString(s string) bool            { return p().MatchString(s) }
func (p Pattern) FindString(s string) string           { return p().FindString(s) }
func (p Pattern) FindStringSubmatch(s string) []string { return p().FindStringSubmatch(s) }
func (p Pattern) ReplaceAllString(s, by string) string { return p().ReplaceAllString(s, by) }
