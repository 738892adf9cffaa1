package reports

import (
	"io"
	"reflect"
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
			0, 1, 0, []string{"a | one"}},
		"a suite that failed as a whole":  {`<testsuite name="CartTest"><error message="cannot start"/></testsuite>`, 0, 1, 0, []string{"CartTest | cannot start"}},
		"failures that nobody names":      {`<testsuites failures="2"><testsuite name="CartTest" failures="2" errors="1"/></testsuites>`, 0, 1, 0, []string{"CartTest | the report counts 3 failures here and names none"}},
		"control bytes":                   {"<testsuite><testcase name='a\x1b[31m'><failure message='&#27;[1mred&#x1b;[0m &#60;b&#x3E; \x00\x08'/></testcase></testsuite>", 0, 1, 0, []string{"a\ufffd[31m | \ufffd[1mred\ufffd[0m <b> \ufffd\ufffd"}},
		"bytes that are no UTF-8":         {"<?xml version='1.0' encoding='ISO-8859-1'?><testsuite><testcase name='gr\xfc\xdfe'><failure message='\xff\x80'/></testcase></testsuite>", 0, 1, 0, []string{"grüße | ÿ\ufffd"}},
		"output that is not the report's": {`<testsuite><testcase name="a"><system-out><![CDATA[<failure/>]]></system-out></testcase><system-err>FAILED</system-err></testsuite>`, 1, 0, 0, nil},
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

func FuzzCleaner(f *testing.F) {
	f.Add("a&#27;b&#x1B;c&amp;&#xfffe;&#1", 3)
	f.Add("\xff\xfc\x80ü\x00🚀&", 1)
	f.Fuzz(func(t *testing.T, text string, size int) {
		read := func(size int) string {
			var all strings.Builder
			if _, err := io.CopyBuffer(&all, struct{ io.Reader }{newCleaner(strings.NewReader(text))}, make([]byte, size)); err != nil {
				t.Fatal(err)
			}
			return all.String()
		}
		whole := read(1 << 16)
		if small := read(1 + max(size, 0)%7); small != whole {
			t.Errorf("in small parts %q, at once %q", small, whole)
		}
		for _, r := range whole {
			if !allowed(r) {
				t.Errorf("%q holds %U", whole, r)
			}
		}
	})
}
