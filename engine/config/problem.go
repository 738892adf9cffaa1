package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a configuration, and where.
type Problem struct {
	File   string
	Line   int // from 1
	Column int // from 1, only where the text is no TOML; 0 otherwise
	Text   string
}

// Error is the problem as editors and people read it: "config.toml:31: environment "qa": …".
func (p Problem) Error() string {
	if p.Column > 0 {
		return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// Problems is everything that is wrong with a configuration, in the order of its lines. It is the error of Parse and
// Load, and never empty.
type Problems []Problem

// Error lists the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// collector gathers problems and warnings while a configuration is read.
type collector struct {
	file     string
	problems Problems
	warnings Problems
}

func (c *collector) problem(line int, format string, args ...any) {
	c.problems = append(c.problems, Problem{File: c.file, Line: max(line, 1), Text: fmt.Sprintf(format, args...)})
}

func (c *collector) warn(line int, format string, args ...any) {
	c.warnings = append(c.warnings, Problem{File: c.file, Line: max(line, 1), Text: fmt.Sprintf(format, args...)})
}

// inOrder sorts by line and leaves out what was said twice.
func inOrder(p Problems) Problems {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(p)
}

// err is nil when nothing is wrong.
func (c *collector) err() error {
	if len(c.problems) == 0 {
		return nil
	}
	return inOrder(c.problems)
}

// listed are the warnings as lines.
func (c *collector) listed() []string {
	var lines []string
	for _, w := range inOrder(c.warnings) {
		lines = append(lines, w.Error())
	}
	return lines
}
