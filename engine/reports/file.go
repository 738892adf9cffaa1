package reports

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// ReadFile reads the report that a step wrote. The path may be a pattern as of filepath.Match, or a directory, whose
// reports are then read together: many tools write a file per suite. A report that is missing is an error: a step that
// left none has not shown that anything is well. What was understood before an error is returned with it.
func ReadFile(format, path string) (Summary, error) {
	files, err := expand(format, path)
	if err != nil {
		return Summary{}, err
	}
	var all Summary
	for _, file := range files {
		one, err := readOne(format, file)
		all = all.plus(one)
		if err != nil {
			return all, fmt.Errorf("read the %s report %s: %w", format, file, err)
		}
	}
	return all, nil
}

// endings are what the reports in a directory are called.
var endings = map[string][]string{"junit": {".xml"}, "sarif": {".sarif", ".json"}, "tap": {".tap"}, "gotest": {".json", ".jsonl", ".txt", ".log"}}

func expand(format, path string) ([]string, error) {
	var files []string
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		return []string{path}, nil
	case err == nil:
		for _, ending := range endings[format] {
			found, _ := filepath.Glob(filepath.Join(escapePattern(path), "*"+ending)) // the pattern is well-formed
			files = append(files, found...)
		}
	case strings.ContainsAny(path, "*?["):
		if files, err = filepath.Glob(path); err != nil {
			return nil, fmt.Errorf("the %s report's pattern %s: %w", format, path, err)
		}
	default:
		return nil, fmt.Errorf("read the %s report: %w: let the step write it there, or correct the step's file", format, err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no %s report at %s: let the step write it there, or correct the step's file", format, path)
	}
	return files, nil
}

// escapePattern makes a directory's name match itself.
func escapePattern(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

func readOne(format, file string) (summary Summary, err error) {
	report, err := os.Open(file)
	if err != nil {
		return Summary{}, err
	}
	defer func() { err = errors.Join(err, report.Close()) }()
	switch format {
	case "junit":
		return readJUnit(report)
	case "sarif":
		return readSARIF(report)
	}
	counter, err := NewCounter(format)
	if err != nil {
		return Summary{}, err
	}
	return readLines(counter, report)
}

func readLines(counter Counter, report io.Reader) (Summary, error) {
	if err := feed(counter, report); err != nil {
		return counter.Summary(), err
	}
	return counter.Close()
}

// plus is both summaries together.
func (s Summary) plus(other Summary) Summary {
	mine, theirs := s.Proven(), other.Proven()
	all := tally{Tests: mine, unended: append(s.missing(), other.missing()...)}
	all.Passed += theirs.Passed
	all.Failed += theirs.Failed
	all.Skipped += theirs.Skipped
	all.Failing = append(all.Failing[:len(all.Failing):len(all.Failing)], theirs.Failing...)
	sum := all.summary()
	sum.Unended = s.Unended + other.Unended // not all of them may be listed
	sum.Tests.Failed = all.Failed + sum.Unended
	sum.Flaky = slices.Concat(s.Flaky, other.Flaky)
	sum.Findings = slices.Concat(s.Findings, other.Findings)
	sum.Killed = s.Killed + other.Killed
	return sum
}

// missing are the listed tests that did not come to an end.
func (s Summary) missing() []promotion.FailedTest {
	proven := len(s.Proven().Failing)
	return append([]promotion.FailedTest(nil), s.Tests.Failing[proven:]...)
}
