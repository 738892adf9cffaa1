package reports

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// readJUnit reads JUnit's XML as the many tools write it: any nesting of suites, several failures of one test, Surefire's
// reruns, failures of a whole suite. It holds one test at a time.
func readJUnit(from io.Reader) (Summary, error) {
	decoder := xml.NewDecoder(newCleaner(from))
	decoder.Strict = false
	decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil } // the cleaner sees to it
	j := junit{decoder: decoder}
	err := j.document()
	return Summary{Tests: j.sum.Tests, Flaky: j.flaky}, err
}

type junit struct {
	decoder *xml.Decoder
	sum     tally
	flaky   []promotion.FailedTest
}

func (j *junit) document() error {
	for {
		token, err := j.decoder.Token()
		if errors.Is(err, io.EOF) {
			return errors.New("it is empty: a report has at least a <testsuites> element")
		}
		if err != nil {
			return fmt.Errorf("it is no well-formed XML: %w", err)
		}
		root, is := token.(xml.StartElement)
		if !is {
			continue
		}
		if root.Name.Local != "testsuites" && root.Name.Local != "testsuite" {
			return fmt.Errorf("its first element is <%s>, not <testsuites>: is it a report of JUnit's format?", root.Name.Local)
		}
		if err := j.suite(root); err != nil {
			return fmt.Errorf("it is cut off, or no well-formed XML: %w", err)
		}
		return nil
	}
}

// suite reads a suite or a collection of suites to its end.
func (j *junit) suite(start xml.StartElement) error {
	before := j.sum.Failed
	name := attribute(start, "name")
	for {
		token, err := j.decoder.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.EndElement:
			j.unnamed(start, name, j.sum.Failed-before)
			return nil
		case xml.StartElement:
			if err := j.child(t, name); err != nil {
				return err
			}
		}
	}
}

func (j *junit) child(start xml.StartElement, suite string) error {
	switch start.Name.Local {
	case "testsuites", "testsuite":
		return j.suite(start)
	case "testcase":
		return j.test(start)
	case "failure", "error":
		why, err := j.reason(start)
		j.sum.fail(suite, why)
		return err
	}
	return j.decoder.Skip()
}

// unnamed takes the failures into account that a suite counts but does not name: it must not look green.
func (j *junit) unnamed(start xml.StartElement, name string, named int) {
	counted := number(start, "failures") + number(start, "errors")
	if counted > 0 && named == 0 {
		j.sum.fail(name, fmt.Sprintf("the report counts %d failures here and names none", counted))
	}
}

// test reads one test to its end.
func (j *junit) test(start xml.StartElement) error {
	var bad, flaky []string
	skipped := false
	for {
		token, err := j.decoder.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.EndElement:
			j.verdict(title(start), bad, flaky, skipped)
			return nil
		case xml.StartElement:
			switch t.Name.Local {
			case "failure", "error":
				err = j.collect(t, &bad)
			case "flakyFailure", "flakyError":
				err = j.collect(t, &flaky)
			case "skipped", "disabled":
				skipped = true
				err = j.decoder.Skip()
			default: // rerunFailure and rerunError come with a failure; the rest is output
				err = j.decoder.Skip()
			}
			if err != nil {
				return err
			}
		}
	}
}

func (j *junit) collect(start xml.StartElement, list *[]string) error {
	why, err := j.reason(start)
	*list = append(*list, why)
	return err
}

func (j *junit) verdict(name string, bad, flaky []string, skipped bool) {
	switch {
	case len(bad) > 0:
		j.sum.fail(name, bad[0]+more(len(bad), "failures"))
	case skipped:
		j.sum.Skipped++
	default:
		j.sum.Passed++
		if len(flaky) > 0 {
			j.flaky = append(j.flaky, promotion.FailedTest{Name: name, Message: flaky[0]})
		}
	}
}

// title is the test's name with its class before it.
func title(start xml.StartElement) string {
	class, name := attribute(start, "classname"), attribute(start, "name")
	if class == "" || strings.HasPrefix(name, class) {
		return name
	}
	return class + "." + name
}

// reason is the first line that says why: the message, or else of the text, or else the type.
func (j *junit) reason(start xml.StartElement) (string, error) {
	why := oneLine(attribute(start, "message"))
	for depth := 1; depth > 0; {
		token, err := j.decoder.Token()
		if err != nil {
			return why, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			if why == "" {
				why = oneLine(string(t))
			}
		}
	}
	if why == "" {
		why = attribute(start, "type")
	}
	return why, nil
}

func attribute(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func number(start xml.StartElement, name string) int {
	n, err := strconv.Atoi(strings.TrimSpace(attribute(start, name)))
	if err != nil || n < 0 {
		return 0
	}
	return n
}
