package reports

import (
	"reflect"
	"strings"
	"testing"
)

func TestTAPIsCounted(t *testing.T) {
	for name, test := range map[string]struct {
		output                  string
		passed, failed, skipped int
		failing                 []string
	}{
		"plain": {"TAP version 13\n1..4\nok 1 - adds\nnot ok 2 - removes\n# expected 1, got 2\nok 3 - pays # SKIP no server\nnot ok 4 - later # TODO\n",
			1, 1, 2, []string{"removes | expected 1, got 2"}},
		"plan at the end, no numbers": {"ok\nok - b\nnot ok\n1..3\n", 2, 1, 0, []string{"test 3 | "}},
		"yaml":                        {"not ok 1 - a\n  ---\n  severity: fail\n  message: 'is empty'\n  at: x.js:3\n  ...\nnot ok 2 - b\n  ---\n  error: |-\n    Expected 1\n    to equal 2\n  ...\n1..2\n", 0, 2, 0, []string{"a | is empty", "b | Expected 1"}},
		"nested": {"# Subtest: cart\n    ok 1 - adds\n    not ok 2 - removes\n      ---\n      error: 'left over'\n      ...\n    1..2\nnot ok 1 - cart\n# Subtest: money\n    ok 1 - rounds\n    1..1\nok 2 - money\n1..2\n",
			2, 1, 0, []string{"cart > removes | left over"}},
		"a parent that fails by itself": {"    ok 1 - a\n    1..1\nnot ok 1 - cleanup\n1..1\n", 1, 1, 0, []string{"cleanup | "}},
		"too few":                       {"1..3\nok 1\nok 2\n", 2, 1, 0, []string{"the test plan | 3 tests were planned, 2 ran"}},
		"cut off":                       {"ok 1\nok 2\n", 2, 1, 0, []string{"the test plan | there is none: the output ends after 2 tests, maybe too early"}},
		"bails out":                     {"1..9\nok 1\nBail out! no database\n", 1, 1, 0, []string{"bailed out | no database"}},
		"skips everything":              {"1..0 # SKIP no server\n", 0, 0, 0, nil},
		"a # in a name":                 {"1..2\nok 1 - issue #12 \\# SKIP\nok 2 - b\r\n", 2, 0, 0, nil},
		"node --test":                   {file(t, "node-tap.txt"), 2, 2, 2, []string{"discount > of a tenth | discount is subtracted once", "prints > a receipt | Expected values to be strictly deep-equal:"}},
		"a Perl test that dies": {file(t, "perl-tap.txt"), 2, 3, 3, []string{"takes a tenth off | got: '80', expected: '90'", "prints > a receipt | ",
			"the test plan | there is none: the output ends after 6 tests, maybe too early"}},
		"something else": {"okay then\nnot okay\n1...\nhello\n", 0, 0, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, count(t, "tap", test.output).Tests, test.passed, test.failed, test.skipped, test.failing...)
		})
	}
}

func TestASummaryThatWasHandedOutDoesNotChange(t *testing.T) {
	counter := newTAP()
	counter.Line("not ok 1 - a")
	before := counter.Summary()
	counter.Line("# because")
	if before.Tests.Failing[0].Message != "" || counter.Summary().Tests.Failing[0].Message != "because" {
		t.Errorf("before %+v, now %+v", before, counter.Summary())
	}
}

func FuzzTAP(f *testing.F) {
	f.Add("1..2\nok 1 - a # SKIP\n    not ok 2\n  ---\n  message: |\n  x\n  ...\nBail out!\n")
	f.Add("# Subtest: a\n        ok\n    not ok\nnot ok # TODO\n#\n1..\n")
	f.Fuzz(func(t *testing.T, text string) {
		counter := newTAP()
		for line := range strings.Lines(text) {
			counter.Line(strings.TrimSuffix(line, "\n"))
		}
		before := counter.Summary()
		summary, err := counter.Close()
		if err != nil || summary.Tests.Failed < before.Tests.Failed || !reflect.DeepEqual(summary, counter.Summary()) {
			t.Errorf("%+v, then %+v, %v", before, summary, err)
		}
		consistent(t, summary)
	})
}
