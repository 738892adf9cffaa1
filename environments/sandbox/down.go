package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gantry-cd/gantry/environments/internal/control"
	"github.com/gantry-cd/gantry/environments/internal/host"
)

// HostInfo is one host of a state directory.
type HostInfo struct {
	Name string // the environment's name, or "artifacts"
	PID  int    // 0: the host is gone; what it started may run on
	URL  string // of its control API
}

// Hosts lists the directories of a state directory that have, or had, a host.
func Hosts(stateDir string) ([]HostInfo, error) {
	var all []HostInfo
	for _, d := range directories(stateDir) {
		info := HostInfo{Name: d.name}
		address, err := control.ReadAddress(d.dir)
		if err != nil {
			return nil, err
		}
		if address != nil {
			info.PID, info.URL = address.Process.PID, address.URL
		}
		all = append(all, info)
	}
	return all, nil
}

type directory struct{ name, dir string }

func directories(stateDir string) []directory {
	var all []directory
	entries, _ := os.ReadDir(filepath.Join(stateDir, "environments"))
	for _, e := range entries {
		if e.IsDir() {
			all = append(all, directory{e.Name(), environmentDir(stateDir, e.Name())})
		}
	}
	if _, err := os.Stat(artifactsDir(stateDir)); err == nil {
		all = append(all, directory{artifactsName, artifactsDir(stateDir)})
	}
	return all
}

// Down stops every host of a state directory with all that it runs, and says what was stopped. It returns when the
// processes are gone.
func Down(ctx context.Context, stateDir string, runtimes host.Runtimes) ([]string, error) {
	var stopped []string
	var problems []error
	for _, d := range directories(stateDir) {
		some, err := d.down(ctx, runtimes)
		stopped = append(stopped, some...)
		if err != nil {
			problems = append(problems, fmt.Errorf("stop %s: %w", d.name, err))
		}
	}
	return stopped, errors.Join(problems...)
}

// downTime bounds how long a host may take to stop everything before it is killed.
const downTime = 30 * time.Second

func (d directory) down(ctx context.Context, runtimes host.Runtimes) ([]string, error) {
	address, err := control.ReadAddress(d.dir)
	if err != nil {
		return nil, err
	}
	var stopped []string
	if address != nil {
		var err error
		if stopped, err = d.ask(ctx, *address); err != nil {
			return stopped, err
		}
		stopped = append(stopped, fmt.Sprintf("%s: host, pid %d", d.name, address.Process.PID))
	}
	left, err := host.Sweep(ctx, d.dir, d.name, runtimes)
	if errors.Is(err, host.ErrTaken) {
		return stopped, errors.New("a host has been started meanwhile: stop what uses it first")
	}
	return append(stopped, left...), err
}

// ask lets the host stop everything. One that does not is killed; what it leaves is swept.
func (d directory) ask(ctx context.Context, address control.Address) ([]string, error) {
	bound, cancel := context.WithTimeout(ctx, downTime)
	defer cancel()
	var down control.Down
	err := control.NewClient(address).Call(bound, control.PathDown, struct{}{}, &down)
	if err == nil {
		err = waitFor(bound, func() bool { return !address.Process.Alive() })
	}
	if err == nil || ctx.Err() != nil {
		return down.Stopped, err
	}
	if address.Process.Alive() {
		_ = syscall.Kill(address.Process.PID, syscall.SIGKILL)
	}
	return down.Stopped, waitFor(ctx, func() bool { return !address.Process.Alive() })
}
