package reports

import (
	"fmt"
	"strings"
	"testing"
)

func numberedLines(text string) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(text) {
			n++
			if !yield(n, strings.TrimSuffix(line, "\n")) {
				return
			}
		}
	}
}

func TestTheLineThatExplainsAFailure(t *testing.T) {
	for name, test := range map[string]struct {
		output string
		line   int
		text   string
	}{
		"go test -v":                      {file(t, "binary-v.txt"), 5, "TestAdd/two: cart_test.go:3: total = 3, want 4"},
		"go test":                         {file(t, "binary.txt"), 3, "TestAdd/two: cart_test.go:3: total = 3, want 4"},
		"a test binary with markers":      {file(t, "binary-test2json.txt"), 7, "TestAdd/two: cart_test.go:3: total = 3, want 4"},
		"a panic beats every failed test": {"--- FAIL: TestA (0.00s)\n    a_test.go:3: no\npanic: nil map\n\ngoroutine 1 [running]:\nexit status 2\n", 3, "panic: nil map"},
		"go test -json":                   {file(t, "gotest-json.txt"), 16, "panic: assignment to entry in nil map [recovered, repanicked]"},
		"a go test that passes and talks": {"=== RUN   TestA\n    a_test.go:3: error: as expected\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n    b_test.go:9: no\n--- FAIL: TestB (0.00s)\n", 5, "TestB: b_test.go:9: no"},
		"a go test that says nothing":     {"=== RUN   TestA\n--- FAIL: TestA (0.00s)\nFAIL\nexit status 1\n", 2, "TestA failed"},
		"parallel go tests":               {"=== RUN   TestA\n=== PAUSE TestA\n=== RUN   TestB\n=== PAUSE TestB\n=== CONT  TestA\n=== CONT  TestB\n    x_test.go:9: of B\n=== NAME  TestA\n    x_test.go:5: of A\n--- FAIL: TestA (0.01s)\n--- PASS: TestB (0.02s)\n", 9, "TestA: x_test.go:5: of A"},
		"go build":                        {"# example.org/cart\n./cart.go:12:5: undefined: total\n./cart.go:13:2: too many errors\n", 2, "./cart.go:12:5: undefined: total"},
		"go vet":                          {"# example.org/cart\nvet: ./cart.go:12:5: undefined: total\n", 2, "vet: ./cart.go:12:5: undefined: total"},
		"go module":                       {"go: downloading x v1\ngo: x@v1: reading https://proxy: 404 Not Found\nexit status 1\n", 2, "go: x@v1: reading https://proxy: 404 Not Found"},
		"gcc, warnings first": {"cc -c cart.c\ncart.c: In function 'main':\ncart.c:3:5: warning: unused variable 'error' [-Wunused]\ncart.c:9:12: error: expected ';' before '}' token\ncart.c:9:12: note: declared here\nmake: *** [Makefile:3: cart.o] Error 1\n",
			4, "cart.c:9:12: error: expected ';' before '}' token"},
		"a linker":                         {"/usr/bin/ld: cart.o: in function `main':\ncart.c:(.text+0x1e): undefined reference to `total'\ncollect2: error: ld returned 1 exit status\n", 2, "cart.c:(.text+0x1e): undefined reference to `total'"},
		"make":                             {"mkdir -p out\nMakefile:3: *** missing separator.  Stop.\n", 2, "Makefile:3: *** missing separator.  Stop."},
		"make, only its end":               {"./deploy\nmake: *** [Makefile:9: deploy] Error 3\nrm -rf tmp\n", 2, "make: *** [Makefile:9: deploy] Error 3"},
		"rust":                             {"   Compiling cart v0.1.0\nwarning: unused import\nerror[E0425]: cannot find value `total` in this scope\n --> src/main.rs:2:5\nerror: aborting due to 1 previous error\n", 3, "error[E0425]: cannot find value `total` in this scope"},
		"typescript":                       {"src/cart.ts(3,5): error TS2304: Cannot find name 'total'.\nnpm ERR! code ELIFECYCLE\n", 1, "src/cart.ts(3,5): error TS2304: Cannot find name 'total'."},
		"java":                             {"Cart.java:5: error: ';' expected\n1 error\n", 1, "Cart.java:5: error: ';' expected"},
		"a java exception":                 {"INFO starts\nException in thread \"main\" java.lang.IllegalStateException: no database\n\tat a.B.c(B.java:3)\n", 2, "Exception in thread \"main\" java.lang.IllegalStateException: no database"},
		"python":                           {"Traceback (most recent call last):\n  File \"cart.py\", line 3, in <module>\n    total()\nNameError: name 'total' is not defined\ncleaning up\n", 4, "NameError: name 'total' is not defined"},
		"pytest":                           {"collected 2 items\n>       assert 3 == 4\nE       assert 3 == 4\nFAILED cart_test.py::test_total - assert 3 == 4\n", 3, "E       assert 3 == 4"},
		"jest":                             {"PASS src/a.test.js\nFAIL src/cart.test.js\n  ● cart › adds\n    expect(received).toBe(expected)\n", 4, "cart › adds: expect(received).toBe(expected)"},
		"tap":                              {"ok 1 - a\nnot ok 2 - later # TODO\nnot ok 3 - removes\n", 3, "not ok 3 - removes"},
		"git":                              {"Cloning into 'x'...\nfatal: repository 'x' does not exist\n", 2, "fatal: repository 'x' does not exist"},
		"curl":                             {"curl: (7) Failed to connect to 127.0.0.1 port 1: Connection refused\ncleaning up\ndone\n", 1, "curl: (7) Failed to connect to 127.0.0.1 port 1: Connection refused"},
		"a shell":                          {"+ deploy --all\nsh: 1: deploy: not found\n", 2, "sh: 1: deploy: not found"},
		"a structured log":                 {"level=info msg=\"0 errors\"\nlevel=error msg=\"no database\"\nbye\n", 2, `level=error msg="no database"`},
		"a log in JSON":                    {`{"level":"info","msg":"up","error":null}` + "\n" + `{"level":"error","msg":"no database"}` + "\n", 2, `{"level":"error","msg":"no database"}`},
		"an error message beats a mention": {"retrying, connection refused\nERROR again\nError: connect ECONNREFUSED 127.0.0.1:1\n", 3, "Error: connect ECONNREFUSED 127.0.0.1:1"},
		"colours":                          {"\x1b[1m\x1b[31merror\x1b[0m\x1b[1m: linking failed\x1b[0m\n", 1, "error: linking failed"},
		"a progress line":                  {"10%\r50%\rerror: disk full\n", 1, "error: disk full"},
		"a crash in C":                     {"starting\nSegmentation fault (core dumped)\n", 2, "Segmentation fault (core dumped)"},
		"killed":                           {"linking\nKilled\n", 2, "Killed"},
		"an exit message":                  {"did something\nexit status 3\n", 2, "exit status 3"},
	} {
		t.Run(name, func(t *testing.T) {
			line, text, found := FirstError(numberedLines(test.output))
			if !found || line != test.line || text != test.text {
				t.Errorf("line %d %q, %v\nwant %d %q", line, text, found, test.line, test.text)
			}
		})
	}
}

func TestOutputWithoutAReasonHasNone(t *testing.T) {
	output := "all is well\n0 errors, 0 failed\nno errors found\nerrors: 0\nerror=nil\nwarning: unused variable 'error'\ncart.c:3:5: warning: unknown option\nPASS src/failure.test.js\nnot ok 1 - later # TODO\n12:04:31 up\n"
	if line, text, found := FirstError(numberedLines(output)); found {
		t.Errorf("line %d %q", line, text)
	}
}

func TestAVeryLongReasonIsShortened(t *testing.T) {
	_, text, _ := FirstError(numberedLines("error: " + strings.Repeat("ä", 100_000)))
	if n := len([]rune(text)); n != maxMessage+1 {
		t.Errorf("%d characters", n)
	}
}

func FuzzFirstError(f *testing.F) {
	for _, name := range []string{"binary-v.txt", "binary.txt", "binary-test2json.txt"} {
		f.Add(file(f, name))
	}
	f.Add("Traceback (most recent call last):\n\nx\n--- FAIL: a/b (0s)\n  --- FAIL: a/b/c (0s)\nx.go:1:\n")
	f.Fuzz(func(t *testing.T, text string) {
		line, reason, found := FirstError(numberedLines(text))
		if found && (line < 1 || line > strings.Count(text, "\n")+1) || strings.ContainsAny(reason, "\n\x1b") {
			t.Errorf("line %d %q", line, reason)
		}
	})
}

func BenchmarkFirstError(b *testing.B) {
	var output strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&output, "12:04:31.%03d INFO handler served GET /orders/%d in 12 ms status=200 bytes=512 agent=\"curl\"\n", i%1000, i)
	}
	output.WriteString("error: the end\n")
	b.SetBytes(int64(output.Len()))
	for b.Loop() {
		if line, _, _ := FirstError(numberedLines(output.String())); line != 10_001 {
			b.Fatal(line)
		}
	}
}
