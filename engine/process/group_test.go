package process

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestAStatusOtherThanZeroIsAVerdict(t *testing.T) {
	var verdict *Exit
	if err := Run(t.Context(), Command{Line: "exit 7"}); !errors.As(err, &verdict) || verdict.Status != 7 {
		t.Fatalf("got %v, want exit status 7", err)
	}
}

func TestACommandSeesOnlyTheVariablesItIsGiven(t *testing.T) {
	t.Setenv("GANTRY_CANARY", "seen")
	var out strings.Builder
	if err := Run(t.Context(), Command{Line: `echo "[$GANTRY_CANARY][$GIVEN]"`, Env: []string{"GIVEN=yes"}, Stdout: &out}); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(out.String()); got != "[][yes]" {
		t.Errorf("the command saw %s", got)
	}
}

func TestNothingOfTheGroupOutlivesACancelledCommand(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, Command{Line: `sh -c 'echo $$; while :; do read x; done' & wait`, Stdout: w})
		w.Close()
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, r)
	grandchild, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context canceled", err)
	}
	waitGone(t, grandchild)
}

func TestABackgroundProcessDoesNotOutliveItsCommand(t *testing.T) {
	var out strings.Builder
	if err := Run(t.Context(), Command{Line: `(while :; do read x || exec cat /dev/zero >/dev/null; done) </dev/null >/dev/null 2>&1 & echo $!`, Stdout: &out}); err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	waitGone(t, pid)
}

// waitGone returns once the process is gone or a zombie that nobody here can reap. Its end was asked for with SIGKILL,
// so the kernel alone decides when; the test's own deadline bounds it.
func waitGone(t *testing.T, pid int) {
	t.Helper()
	for t.Context().Err() == nil {
		if syscall.Kill(pid, 0) != nil || zombie(pid) {
			return
		}
	}
}
