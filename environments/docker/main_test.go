package docker

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gantry-cd/gantry/environments/internal/host"
	"github.com/gantry-cd/gantry/environments/sandbox"
)

// The test program is also the host of an environment.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == sandbox.HostCommand {
		if err := sandbox.Host(context.Background(), os.Args[2:], host.Runtimes{Platform: Runtime}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// launch starts hosts that do not wait, under the race detector, before they end.
func launch(args ...string) (*exec.Cmd, error) {
	cmd, err := sandbox.ThisProgram(args...)
	if err == nil {
		cmd.Env = append(cmd.Env, "GORACE=atexit_sleep_ms=0")
	}
	return cmd, err
}

// daemonAddress is a Docker daemon to test on.
func daemonAddress(t *testing.T) string {
	t.Helper()
	address := os.Getenv("GANTRY_TEST_DOCKER")
	if address == "" && os.Getenv("GANTRY_CI") == "1" {
		t.Fatal("gantry needs a Docker daemon: set GANTRY_TEST_DOCKER to its address")
	}
	if address == "" {
		t.Skip("gantry needs a Docker daemon: set GANTRY_TEST_DOCKER to its address")
	}
	return address
}

// built is the program that the tests' images hold.
var built struct {
	once sync.Once
	dir  string
	err  error
}

// testservice builds the program, once.
func testservice(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "testservice"); built.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", built.dir, "./internal/testservice")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if built.err != nil {
		t.Fatalf("build the service of the tests: %v", built.err)
	}
	return filepath.Join(built.dir, "testservice")
}
