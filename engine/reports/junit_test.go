package reports

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
)

func TestJUnitIsCounted(t *testing.T) {
	for name, test := range map[string]struct {
		report                  string
		passed, failed, skipped int
		failing                 []string
	}{
		"nested suites": {`<?xml version="1.0" encoding="UTF-8"?><testsuites><testsuite name="a"><properties><property name="x" value="y"/></properties>
			<testcase classname="com.acme.CartTest" name="adds" time="0.1"/><testsuite><testcase name="pays"><skipped/></testcase></testsuite></testsuite></testsuites>`, 1, 0, 1, nil},
		"several failures of one test": {`<testsuite><testcase classname="Cart" name="adds"><failure message="first
			of all">trace</failure><failure message="second"/><error message="third"/></testcase></testsuite>`, 0, 1, 0, []string{"Cart.adds | first (the first of 3 failures)"}},
		"a reason only in the text": {"<testsuite><testcase name='a'><failure type='X'>\n\n  <![CDATA[expected 1 < 2]]>\n at b</failure></testcase><testcase name='b'><error type='NullPointerException'/></testcase></testsuite>",
			0, 2, 0, []string{"a | expected 1 < 2", "b | NullPointerException"}},
		"rerun, still failing": {`<testsuite><testcase name="a"><failure message="one"/><rerunFailure message="two"><stackTrace>x</stackTrace></rerunFailure></testcase></testsuite>`,
			0, 1, 0, []string{"a | one (run 2 times, never passed)"}},
		"a suite that failed as a whole":  {`<testsuite name="CartTest"><error message="cannot start"/></testsuite>`, 0, 1, 0, []string{"CartTest | cannot start"}},
		"failures that nobody names":      {`<testsuites failures="2"><testsuite name="CartTest" failures="2" errors="1"/></testsuites>`, 0, 1, 0, []string{"CartTest | the report counts 3 failures here and names none"}},
		"control bytes":                   {"<testsuite><testcase name='a\x1b[31m'><failure message='&#27;[1mred&#x1b;[0m &#60;b&#x3E; \x00\x08'/></testcase></testsuite>", 0, 1, 0, []string{"a\ufffd[31m | \ufffd[1mred\ufffd[0m <b> \ufffd\ufffd"}},
		"bytes that are no UTF-8":         {"<?xml version='1.0' encoding='ISO-8859-1'?><testsuite><testcase name='gr\xfc\xdfe'><failure message='\xff\x80'/></testcase></testsuite>", 0, 1, 0, []string{"grüße | ÿ\ufffd"}},
		"output that is not the report's": {`<testsuite><testcase name="a"><system-out><![CDATA[<failure/>]]></system-out></testcase><system-err>FAILED</system-err></testsuite>`, 1, 0, 0, nil},
		"a test that did not run":         {`<testsuite><testcase name="a" status="notrun" result="suppressed"/><testcase name="b" status="run"/></testsuite>`, 1, 0, 1, nil},
		"prefixes, a type, stray marks":   {"\ufeff<?xml version='1.0'?><!DOCTYPE t [<!ELEMENT t (#PCDATA)>]><j:testsuite xmlns:j='x'><!-- <failure/> --><j:testcase name='a > b & c'><failure>1 < 2 & so</failure></j:testcase></j:testsuite>", 0, 1, 0, []string{"a > b & c | 1 < 2 & so"}},
		"no tests":                        {`<testsuites/>`, 0, 0, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readJUnit(strings.NewReader(test.report))
			if err != nil {
				t.Fatal(err)
			}
			check(t, got.Tests, test.passed, test.failed, test.skipped, test.failing...)
		})
	}
}

func TestAFlakyTestPassedAndIsNamed(t *testing.T) {
	got, err := readJUnit(strings.NewReader(`<testsuite><testcase classname="Cart" name="pays"><flakyFailure message="timed out"><stackTrace/></flakyFailure></testcase></testsuite>`))
	want := []promotion.FailedTest{{Name: "Cart.pays", Message: "timed out"}}
	if err != nil || got.Tests.Passed != 1 || got.Failed() || !reflect.DeepEqual(got.Flaky, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhatRealToolsWriteIsUnderstood(t *testing.T) {
	got, err := readJUnit(strings.NewReader(file(t, "surefire.xml"))) // with two reruns of what failed
	if err != nil {
		t.Fatal(err)
	}
	check(t, got.Tests, 2, 1, 1, "com.acme.CartTest.aTenthOff | discount is subtracted once expected:<90> but was:<0> (run 3 times, never passed)")
	want := []promotion.FailedTest{{Name: "com.acme.CartTest.stockArrives", Message: "the stock is here expected:<2> but was:<1>"}}
	if !reflect.DeepEqual(got.Flaky, want) {
		t.Errorf("flaky: %+v", got.Flaky)
	}
	if got, err = readJUnit(strings.NewReader(file(t, "pytest.xml"))); err != nil {
		t.Fatal(err)
	}
	check(t, got.Tests, 0, 2, 0, "test_cart.test_store | failed on setup with \"ConnectionError: connect to 127.0.0.1:1: refused\"",
		"test_cart.test_unknown | failed on setup with \"file /src/pytest-fixture/test_cart.py, line 13")
}

func TestAReportOnStandardOutputIsCountedAsItComes(t *testing.T) {
	counter, err := NewCounter("junit")
	if err != nil {
		t.Fatal(err)
	}
	counter.Line("<testsuite><testcase name='a'/><testcase")
	counter.Line(" name='b'><failure>")
	counter.Line("no</failure></testcase>")
	check(t, counter.Summary().Tests, 1, 1, 0, "b | no")
	if got, err := counter.Close(); err == nil || !strings.Contains(err.Error(), "cut off") || got.Tests.Failed != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhatIsNoJUnitReportIsAnErrorThatSaysWhy(t *testing.T) {
	for report, want := range map[string]string{
		"":                     "is empty",
		"just text":            "is empty",
		"<html><body/></html>": "first element is <html>",
		"<testsuite><testcase name='a'/><testcase name='b'>": "cut off",
	} {
		got, err := readJUnit(strings.NewReader(report))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want …%s…", report, err, want)
		}
		if strings.Contains(report, "testcase") && got.Tests.Passed != 1 {
			t.Errorf("what was read before is lost: %+v", got)
		}
	}
}

func FuzzJUnit(f *testing.F) {
	f.Add("<testsuites><testsuite name='a' failures='1'><testcase name='b'><failure>x&#27;</failure></testcase></testsuite></testsuites>")
	f.Add("<testsuite><error/><testcase><flakyError/><rerunError/></testcase>")
	f.Fuzz(func(t *testing.T, report string) {
		summary, _ := readJUnit(strings.NewReader(report)) // an error is fine, a panic is not
		consistent(t, summary)
	})
}

// FuzzXMLScan holds that the parts in which a document comes make no difference, and that no text holds what XML forbids.
func FuzzXMLScan(f *testing.F) {
	f.Add("<a b='&#27;&lt;'>x&amp;<!-- - -- --><![CDATA[]]]&amp;]]></a>", 1)
	f.Add("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b '>'>]><n:a c=\"d>\" e = 'f'/>", 3)
	f.Add("\xff\xfc\x80<ü>🚀&<<b/>< /ü></ü>", 2)
	f.Fuzz(func(t *testing.T, document string, size int) {
		whole, err := scanned(document, len(document)+1)
		parts, errParts := scanned(document, 1+max(size, 0)%7)
		if whole != parts || (err == nil) != (errParts == nil) {
			t.Errorf("in small parts %q, %v; at once %q, %v", parts, errParts, whole, err)
		}
		for _, r := range whole {
			if !allowed(r) {
				t.Errorf("%q holds %U", whole, r)
			}
		}
	})
}

// scanned is what is told of a document that comes in parts of a size.
func scanned(document string, size int) (string, error) {
	var told strings.Builder
	var text []byte
	flush := func() { told.WriteString(plainText(text)); text = nil }
	x := xmlScan{
		start: func(name string, attributes []xmlAttribute) error {
			flush()
			fmt.Fprintf(&told, "<%s", plainText([]byte(name)))
			for _, a := range attributes {
				fmt.Fprintf(&told, " %s=%s", plainText([]byte(a.name)), a.value)
			}
			told.WriteString(">")
			return nil
		},
		end:  func(name string) error { flush(); fmt.Fprintf(&told, "</%s>", plainText([]byte(name))); return nil },
		text: func(part []byte) error { text = append(text, part...); return nil },
	}
	for part := range slices.Chunk([]byte(document), size) {
		if err := x.write(part); err != nil {
			return told.String(), err
		}
	}
	return told.String(), x.done()
}
