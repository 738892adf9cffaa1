package stages

import (
	"strings"
	"testing"
)

func TestTheLogOfGoTestHoldsWhatPeopleRead(t *testing.T) {
	var log strings.Builder
	r := &readable{out: &log}
	for _, part := range []string{
		`{"Action":"start","Package":"p"}` + "\n" + `{"Action":"output","Package":"p","Output":"=== RUN`, `   TestA\n"}` + "\n",
		"# p: build failed\n", `{"Action":"output","Output":"--- FAIL: TestA (0.00s)\n"}` + "\n" + `{"Action":"fail","Package":"p"}` + "\n", `{"not":"ours"}`,
	} {
		if n, err := r.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("Write said %d, %v", n, err)
		}
	}
	r.Close()
	if want := "=== RUN   TestA\n# p: build failed\n--- FAIL: TestA (0.00s)\n{\"not\":\"ours\"}\n"; log.String() != want {
		t.Errorf("the log holds %q, want %q", log.String(), want)
	}
}
