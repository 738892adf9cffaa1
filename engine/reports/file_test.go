package reports

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestReportsAreReadFromAFileADirectoryOrAPattern(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out[1]")
	put(t, filepath.Join(dir, "TEST-a.xml"), `<testsuite><testcase name="a"/></testsuite>`)
	put(t, filepath.Join(dir, "TEST-b.xml"), `<testsuite><testcase name="b"><failure message="no"/></testcase></testsuite>`)
	put(t, filepath.Join(dir, "notes.txt"), "not a report")
	for path, want := range map[string]int{
		filepath.Join(dir, "TEST-a.xml"): 1,
		dir:                              2,
		filepath.Join(strings.ReplaceAll(dir, "[1]", "*"), "TEST-*.xml"): 2,
	} {
		got, err := ReadFile("junit", path)
		if err != nil || got.Tests.Passed+got.Tests.Failed != want {
			t.Errorf("%s: %+v, %v, want %d tests", path, got.Tests, err, want)
		}
	}
	got, err := ReadFile("gotest", "testdata/gotest-json.txt")
	if err != nil || got.Tests.Failed != 5 {
		t.Errorf("gotest: %+v, %v", got.Tests, err)
	}
	if want := "boom.TestBoom: panic: assignment to entry in nil map [recovered, repanicked] (the first of 5 tests)"; got.Cause() != want {
		t.Errorf("the cause is %q, want %q", got.Cause(), want)
	}
}

func TestAReportThatIsMissingOrUnreadableIsAnError(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "bad.xml"), "<html/>")
	for path, want := range map[string]string{
		filepath.Join(dir, "none.xml"):   "let the step write it there",
		filepath.Join(dir, "none-*.xml"): "there is no junit report",
		filepath.Join(dir, "bad.xml"):    "bad.xml: its first element is <html>",
	} {
		if _, err := ReadFile("junit", path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want …%s…", path, err, want)
		}
	}
	if _, err := ReadFile("rumours", filepath.Join(dir, "bad.xml")); err == nil || !strings.Contains(err.Error(), "choose gotest, junit, sarif or tap") {
		t.Errorf("an unknown format: %v", err)
	}
}

func TestLongLinesInAReportAreTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.tap")
	put(t, path, "1..2\nok 1\n# "+strings.Repeat("x", 3<<20)+"\nok 2")
	if got, err := ReadFile("tap", path); err != nil || got.Tests.Passed != 2 {
		t.Errorf("%+v, %v", got.Tests, err)
	}
}
