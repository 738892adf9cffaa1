package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestALogIsBoundedAndItsEndIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.log")
	service, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	write := func(text string) {
		if _, err := service.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	write(strings.Repeat("old\n", 50))
	write("the newest line\n")
	if err := rotateFile(path, 100); err != nil {
		t.Fatal(err)
	}
	write("written after the rotation\n")
	if text := lastOf(path, 1000); text != "written after the rotation\n" {
		t.Errorf("the log holds %q", text)
	}
	before := lastOf(path+".1", 1000)
	if len(before) > 100 || !strings.HasSuffix(before, "the newest line\n") {
		t.Errorf("beside it lies %q", before)
	}
}

func TestAShortLogIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.log")
	if err := os.WriteFile(path, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := rotateFile(path, 100); err != nil {
		t.Fatal(err)
	}
	if text := lastOf(path, 100); text != "short\n" {
		t.Errorf("the log holds %q", text)
	}
	if _, err := os.Stat(path + ".1"); !os.IsNotExist(err) {
		t.Errorf("it was rotated: %v", err)
	}
}

func TestTheLastMeaningfulLineIsFound(t *testing.T) {
	for log, want := range map[string]string{
		"":                                  "",
		"one\ntwo\n\n":                      "two",
		"real cause\nexit status 1\n":       "real cause",
		"real cause\n-----\n}\n":            "real cause",
		`{"level":"error","msg":"no luck"}`: "no luck",
		`{"msg":"migration 2","error":"near TABEL: syntax error"}` + "\n": "migration 2: near TABEL: syntax error",
		`{"count":3}`: `{"count":3}`,
	} {
		if got := meaningful(log); got != want {
			t.Errorf("of %q the last meaningful line is %q, want %q", log, got, want)
		}
	}
}
