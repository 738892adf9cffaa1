package reports

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Counter reads along while a step runs. It is fed with the lines of standard output, and tells at any time what they said
// so far. It is not safe for concurrent use.
type Counter interface {
	// Line takes one line, without its line break.
	Line(text string)
	// Summary is what was said so far. It is not changed later.
	Summary() Summary
	// Close ends the output and sums up. The end may show failures that no line could: a test that never ended, a plan
	// that was not fulfilled, a report that is cut off.
	Close() (Summary, error)
}

// NewCounter makes a counter for a format of reports: gotest, tap, junit or sarif. The last has no meaning before its end, so
// that its live count is zero.
func NewCounter(format string) (Counter, error) {
	switch format {
	case "gotest":
		return newGoTest(), nil
	case "tap":
		return newTAP(), nil
	case "junit":
		return newJUnit(), nil
	case "sarif":
		return &document{parse: readSARIF}, nil
	}
	return nil, fmt.Errorf("reports of the format %q are not known: choose gotest, junit, sarif or tap", format)
}

// maxDocument is how much standard output is kept to be parsed at its end.
const maxDocument = 64 << 20

// document collects a report that can be read only as a whole.
type document struct {
	parse func(io.Reader) (Summary, error)
	text  []byte
	over  bool
}

func (d *document) Line(text string) {
	if d.over = d.over || len(d.text)+len(text) > maxDocument; !d.over {
		d.text = append(append(d.text, text...), '\n')
	}
}

// Summary is empty: there is no telling before the end.
func (d *document) Summary() Summary { return Summary{} }

func (d *document) Close() (Summary, error) {
	if d.over {
		return Summary{}, fmt.Errorf("the report on standard output is larger than %d MiB: let the step write it to a file", maxDocument>>20)
	}
	return d.parse(bytes.NewReader(d.text))
}

// feed hands the lines of a file to a counter. Lines of any length are taken; what lies beyond maxReportLine is not.
func feed(to Counter, from io.Reader) error {
	lines := bufio.NewReaderSize(from, 64<<10)
	var line []byte
	for {
		part, more, err := lines.ReadLine()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(line) < maxReportLine {
			line = append(line, part...)
		}
		if !more {
			to.Line(string(line))
			line = line[:0]
		}
	}
}

const maxReportLine = 1 << 20
