package host

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/environments/internal/proc"
	"github.com/gantry-cd/gantry/environments/internal/proxy"
)

// Processes is the runtime of the sandbox: an image is unpacked, and its command runs as a process of this machine.
type Processes struct{}

var _ Runtime = Processes{}

func itoa(n int) string { return strconv.Itoa(n) }

// Name is the platform's.
func (Processes) Name() string { return "sandbox" }

// Configure does nothing: there are no settings.
func (Processes) Configure(json.RawMessage) error { return nil }

// Prepare unpacks the image and finds its command.
func (Processes) Prepare(ctx context.Context, image Image, dir string, log io.Writer) (Program, error) {
	root := filepath.Join(dir, "root")
	began := time.Now()
	config, err := images.Pull(ctx, image.From, image.Digest, root)
	if err != nil {
		return Program{}, fmt.Errorf("fetch %s from %s: %w", image.Digest.Short(), image.From.Name, err)
	}
	fmt.Fprintf(log, "unpacked %s from %s in %s\n", image.Digest.Short(), image.From.Name, short(time.Since(began)))
	p := Program{Version: config.Labels[VersionLabel]}
	p.Path, p.Args, p.Dir, err = commandOf(root, config)
	return p, err
}

// Start starts a process; a service on a port that is free.
func (Processes) Start(_ context.Context, s Start) (Process, error) {
	started := &process{}
	spec := proc.Spec{Path: s.Path, Args: s.Args, Dir: s.Dir, Env: s.Env, Output: s.Output}
	if s.Listen {
		port, err := proxy.FreePort()
		if err != nil {
			return nil, err
		}
		started.address = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		spec.Env = slices.Concat(spec.Env, []string{"PORT=" + strconv.Itoa(port)})
	}
	if s.Log != "" {
		// The file itself is handed over, not a pipe: the service must not notice when this host dies.
		out, err := os.OpenFile(s.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, fmt.Errorf("open the service's log: %w", err)
		}
		defer out.Close()
		spec.Output = out
	}
	p, err := proc.Start(spec)
	if err != nil {
		return nil, &Unfit{fmt.Sprintf("could not be started: %v", err)}
	}
	started.Process = p
	return started, nil
}

// Find adopts a process that still runs.
func (Processes) Find(_ context.Context, i Identity, address, _ string) (Process, error) {
	if !i.Alive() {
		return nil, nil
	}
	return &process{Process: proc.Adopt(i.Identity), address: address}, nil
}

// Sweep has nothing to find: every process is in the state.
func (Processes) Sweep(context.Context, []Identity) ([]string, error) { return nil, nil }

// End ends a process of an earlier host, if it still is that process.
func (Processes) End(_ context.Context, i Identity) error {
	if i.Alive() {
		proc.Adopt(i.Identity).Stop(stopGrace)
	}
	return nil
}

// Discard does nothing: all lies in the release's directory.
func (Processes) Discard(context.Context, Program) {}

// Leave does nothing.
func (Processes) Leave(context.Context, string) error { return nil }

// SharesData is not asked for: a process sees every file of its user.
func (Processes) SharesData() bool { return false }

// Base is what belongs to this machine: PATH, the locale, and a private HOME.
func (Processes) Base(home string) []string {
	env := []string{"HOME=" + home}
	for _, key := range []string{"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ"} {
		if value, set := os.LookupEnv(key); set {
			env = append(env, key+"="+value)
		}
	}
	return env
}

// Inside is this machine's loopback.
func (Processes) Inside(context.Context) (Inside, error) { return Inside{}, nil }

// Database is the same for everybody on this machine.
func (Processes) Database(_ context.Context, url string) (string, error) { return url, nil }

// Events are none: the host itself notes everything.
func (Processes) Events(context.Context, string, time.Time) []Event { return nil }

// process is a process of this machine.
type process struct {
	*proc.Process
	address string
}

func (p *process) Identity() Identity { return Identity{Identity: p.Process.Identity} }

func (p *process) Address() string { return p.address }

func (p *process) Lost() error { return nil }

func (p *process) Health(context.Context) (bool, string, error) { return false, "", nil }

func (p *process) Stop(grace time.Duration) error {
	p.Process.Stop(grace)
	return nil
}
