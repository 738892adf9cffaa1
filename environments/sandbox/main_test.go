package sandbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// quick is for the race detector: without it every process waits a second before it ends.
const quick = "GORACE=atexit_sleep_ms=0"

// launch is ThisProgram with quick.
func launch(args ...string) (*exec.Cmd, error) {
	cmd, err := ThisProgram(args...)
	if err == nil {
		cmd.Env = append(cmd.Env, quick)
	}
	return cmd, err
}

// The test program is also the host and, started by a script in an image, the service and the migration.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == HostCommand {
		if err := Host(context.Background(), os.Args[2:], nil); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	switch os.Getenv("TEST_ROLE") {
	case "service":
		os.Exit(serviceMain())
	case "migration":
		os.Exit(migrationMain())
	}
	os.Exit(m.Run())
}
