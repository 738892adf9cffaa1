package reports

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
)

func count(t testing.TB, format, text string) Summary {
	t.Helper()
	counter, err := NewCounter(format)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text) {
		counter.Line(strings.TrimSuffix(line, "\n"))
	}
	summary, err := counter.Close()
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

func file(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func check(t *testing.T, got promotion.Tests, passed, failed, skipped int, failing ...string) {
	t.Helper()
	if got.Passed != passed || got.Failed != failed || got.Skipped != skipped {
		t.Errorf("%d passed, %d failed, %d skipped; want %d, %d, %d", got.Passed, got.Failed, got.Skipped, passed, failed, skipped)
	}
	var names []string
	for _, f := range got.Failing {
		names = append(names, f.Name+" | "+f.Message)
	}
	if !reflect.DeepEqual(names, failing) {
		t.Errorf("failing are\n%s\nwant\n%s", strings.Join(names, "\n"), strings.Join(failing, "\n"))
	}
}

const (
	boom   = "boom.TestBoom | panic: assignment to entry in nil map [recovered, repanicked]"
	broken = "example.org/shop/broken | broken/b_test.go:3:28: undefined: undefinedThing"
	two    = "TestAdd/two | cart_test.go:3: total = 3, want 4"
	self   = "TestSelf | cart_test.go:6: only the parent"
	slow   = "slow.TestSlow | panic: test timed out after 1s"
)

// The same four packages in every form: one that panics, one that does not compile, one with subtests, one that hangs.
func TestAllFormsOfGoTestSayTheSame(t *testing.T) {
	for name, test := range map[string]struct {
		passed, skipped int
		failing         []string
	}{
		"gotest-json.txt":      {4, 1, []string{boom, broken, "cart." + two, "cart." + self, slow}},
		"gotest-v.txt":         {4, 1, []string{boom, broken, "cart." + two, "cart." + self, slow}},
		"gotest.txt":           {0, 0, []string{boom, broken, "cart." + two, "cart." + self, slow}}, // passed tests are not named there
		"binary-v.txt":         {3, 1, []string{two, self}},
		"binary-test2json.txt": {3, 1, []string{two, self}},
		"binary.txt":           {0, 0, []string{two, self}},
		"binary-panic.txt":     {1, 0, []string{strings.TrimPrefix(boom, "boom.")}},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, count(t, "gotest", file(t, name)).Tests, test.passed, len(test.failing), test.skipped, test.failing...)
		})
	}
}

func TestCountsGrowWhileTheSuiteRuns(t *testing.T) {
	counter := newGoTest()
	var seen []promotion.Tests
	for line := range strings.Lines(file(t, "binary-test2json.txt")) {
		counter.Line(strings.TrimSuffix(line, "\n"))
		if now := counter.Summary().Tests; len(seen) == 0 || !reflect.DeepEqual(now, seen[len(seen)-1]) {
			seen = append(seen, now)
		}
	}
	two := []promotion.FailedTest{{Name: "TestAdd/two", Message: "cart_test.go:3: total = 3, want 4"}}
	want := []promotion.Tests{{}, {Passed: 1}, {Passed: 1, Failed: 1, Failing: two}, {Passed: 1, Failed: 1, Skipped: 1, Failing: two},
		{Passed: 2, Failed: 1, Skipped: 1, Failing: two}}
	if len(seen) != 7 || !reflect.DeepEqual(seen[:5], want) {
		t.Errorf("seen %+v", seen)
	}
}

func TestOutputThatOnlyLooksLikeATest(t *testing.T) {
	check(t, count(t, "gotest", "\x16=== RUN   TestA\n--- FAIL: TestFake (0.00s)\n=== RUN   TestFake\nFAIL\n\x16--- PASS: TestA (0.00s)\nPASS\n").Tests, 1, 0, 0)
	check(t, count(t, "gotest", "{\"Action\":\"stations\n{not json}\n--- this\n=== that\nok then\n").Tests, 0, 0, 0)
}

func TestOutputWithoutALineBreakBeforeAResult(t *testing.T) {
	check(t, count(t, "gotest", "\x16=== RUN   TestA\nprogress...\x16--- PASS: TestA (0.00s)\n\x16PASS\n").Tests, 1, 0, 0)
}

func TestGoTestsThatNeverEnd(t *testing.T) {
	for name, test := range map[string]struct {
		output  string
		passed  int
		failing string
	}{
		"killed":                  {"=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n", 1, "TestB | it ended without a verdict"},
		"os.Exit in a test":       {"=== RUN   TestB\nfatal: config is missing\nexit status 3\nFAIL\texample.org/shop/cart\t0.1s\n", 0, "cart.TestB | fatal: config is missing"},
		"an event stream cut off": {`{"Action":"run","Package":"a/cart","Test":"TestB"}` + "\n", 0, "cart.TestB | it ended without a verdict"},
		"TestMain fails":          {"panic: no database\n\ngoroutine 1 [running]:\n", 0, "test binary | panic: no database"},
		"TestMain says so":        {"cannot reach the database\nFAIL\n", 0, "test binary | cannot reach the database"},
		"setup failed":            {"# a/cart\ncart.go:3:2: no required module provides package x/y\nFAIL\ta/cart [setup failed]\nFAIL\n", 0, "a/cart | cart.go:3:2: no required module provides package x/y"},
		"nobody says why":         {"FAIL\ta/cart [build failed]\n", 0, "a/cart | build failed"},
		"a race":                  {"=== RUN   TestR\n==================\nWARNING: DATA RACE\n--- FAIL: TestR (0.00s)\n    testing.go:1712: race detected during execution of test\nFAIL\n", 0, "TestR | testing.go:1712: race detected during execution of test"},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, count(t, "gotest", test.output).Tests, test.passed, 1, 0, test.failing)
		})
	}
}

func TestPackagesWithoutTestsAreNoTests(t *testing.T) {
	check(t, count(t, "gotest", "?   \ta/b\t[no test files]\nok  \ta/c\t(cached)\nok  \ta/d\t0.1s [no tests to run]\n").Tests, 0, 0, 0)
	check(t, count(t, "gotest", `{"Action":"start","Package":"a/b"}`+"\n"+`{"Action":"skip","Package":"a/b"}`+"\n").Tests, 0, 0, 0)
}

func TestATestThatRunsTwiceCountsTwice(t *testing.T) {
	check(t, count(t, "gotest", strings.Repeat("=== RUN   TestA\n--- PASS: TestA (0.00s)\n", 2)+"PASS\n").Tests, 2, 0, 0)
}

func TestTheMessageOfAnAssertionTable(t *testing.T) {
	output := `=== RUN   TestCart
    cart_test.go:20: 
        	Error Trace:	/src/cart/cart_test.go:20
        	            				/src/cart/helper_test.go:7
        	Error:      	Not equal: 
        	            	expected: 4
        	            	actual  : 3
        	Test:       	TestCart
--- FAIL: TestCart (0.00s)
=== RUN   TestPlain
    cart_test.go:30: 
        the cart is empty
--- FAIL: TestPlain (0.00s)
=== RUN   TestSilent
--- FAIL: TestSilent (0.00s)
=== RUN   TestTalks
starting a server
more talk
--- FAIL: TestTalks (0.00s)
FAIL
`
	check(t, count(t, "gotest", output).Tests, 0, 4, 0, "TestCart | cart_test.go:20: Not equal: expected: 4 actual  : 3",
		"TestPlain | cart_test.go:30: the cart is empty", "TestSilent | ", "TestTalks | starting a server")
}

func TestOnlyFiftyFailingTestsAreListed(t *testing.T) {
	got := count(t, "gotest", strings.Repeat("--- FAIL: TestA (0.00s)\n", 200)).Tests
	if got.Failed != 200 || len(got.Failing) != 50 {
		t.Errorf("%d failed, %d listed", got.Failed, len(got.Failing))
	}
}

func FuzzGoTest(f *testing.F) {
	for _, name := range []string{"binary-test2json.txt", "binary.txt", "gotest.txt"} {
		f.Add(file(f, name))
	}
	f.Add(`{"Action":"run","Package":"p","Test":"TestA/b"}` + "\n" + `{"Action":"fail","Package":"p","FailedBuild":"q"}` + "\n--- PASS: /x/ (1s)\n")
	f.Fuzz(func(t *testing.T, text string) {
		counter := newGoTest()
		for line := range strings.Lines(text) {
			counter.Line(strings.TrimSuffix(line, "\n"))
			counter.Summary()
		}
		summary, err := counter.Close()
		if err != nil {
			t.Error(err)
		}
		consistent(t, summary)
	})
}

// consistent checks what holds for every summary.
func consistent(t *testing.T, s Summary) {
	t.Helper()
	if len(s.Tests.Failing) != min(s.Tests.Failed, maxFailing) {
		t.Errorf("%d failed, %d listed", s.Tests.Failed, len(s.Tests.Failing))
	}
	for _, f := range s.Tests.Failing {
		if strings.ContainsAny(f.Message, "\n") {
			t.Errorf("a message of several lines: %q", f.Message)
		}
	}
	if s.Failed() != (s.Cause() != "") && s.Tests.Failed > 0 && s.Tests.Failing[0] != (promotion.FailedTest{}) {
		t.Errorf("failed is %v, the cause %q", s.Failed(), s.Cause())
	}
}
