package docker

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/moby/moby/client"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// dockerd is a daemon of the test's own, which it may end as it likes.
type dockerd struct {
	t       *testing.T
	program string
	dir     string
	running *exec.Cmd
}

func newDockerd(t *testing.T) *dockerd {
	t.Helper()
	program := os.Getenv("GANTRY_TEST_DOCKERD")
	if program == "" && os.Getenv("GANTRY_CI") == "1" {
		t.Fatal("gantry needs a Docker daemon that it may start and end: set GANTRY_TEST_DOCKERD to the program dockerd")
	}
	if program == "" {
		t.Skip("gantry needs a Docker daemon that it may start and end: set GANTRY_TEST_DOCKERD to the program dockerd, as root")
	}
	dir, err := os.MkdirTemp("", "dockerd")
	if err != nil {
		t.Fatal(err)
	}
	d := &dockerd{t: t, program: program, dir: dir}
	in := d.in
	containers := d.launch("containerd", "--root", in("containerd"), "--state", in("tasks"), "--address", in("containerd.sock"), "--config", "/dev/null")
	t.Cleanup(func() {
		d.end(syscall.SIGTERM)
		_ = containers.Process.Signal(syscall.SIGTERM)
		_ = containers.Wait()
		for exec.Command("umount", "-l", d.in("data")).Run() == nil { // a daemon that is killed leaves its own mount
			continue
		}
		_ = os.RemoveAll(dir)
	})
	eventually(t, "containerd listens", func() bool {
		_, err := os.Stat(in("containerd.sock"))
		return err == nil
	})
	d.start()
	return d
}

func (d *dockerd) in(name string) string { return filepath.Join(d.dir, name) }

// launch starts a program that writes into the daemon's log.
func (d *dockerd) launch(program string, args ...string) *exec.Cmd {
	d.t.Helper()
	log, err := os.OpenFile(d.in("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	return cmd
}

func (d *dockerd) address() string { return "unix://" + filepath.Join(d.dir, "socket") }

// start starts the daemon, beside another one of this machine: it touches neither that one's bridge nor its firewall.
func (d *dockerd) start() {
	d.t.Helper()
	_ = os.Remove(d.in("pid"))
	d.running = d.launch(d.program, "--data-root", d.in("data"), "--exec-root", d.in("exec"), "--pidfile", d.in("pid"), "-H", d.address(),
		"--containerd", d.in("containerd.sock"), "--bridge", "none", "--iptables=false", "--shutdown-timeout", "5")
	c, err := dial(Settings{Docker: config.Docker{Host: d.address()}})
	if err != nil {
		d.t.Fatal(err)
	}
	defer c.Close()
	d.t.Cleanup(func() {
		if text, _ := os.ReadFile(d.in("log")); d.t.Failed() {
			d.t.Logf("the daemon says: %s", text[max(0, len(text)-4000):])
		}
	})
	eventually(d.t, "the daemon answers", func() bool {
		_, err := c.Ping(context.Background(), client.PingOptions{})
		return err == nil
	})
}

func (d *dockerd) end(signal syscall.Signal) {
	if d.running == nil {
		return
	}
	_ = d.running.Process.Signal(signal)
	_ = d.running.Wait()
	d.running = nil
}

// What a daemon does when it ends is its own affair: asked to, it ends its containers first, and each looks as if it had
// ended by itself.
func TestADaemonThatEndsInTheMiddleOfADeployIsNoVerdict(t *testing.T) {
	for how, signal := range map[string]syscall.Signal{"asked to": syscall.SIGTERM, "killed": syscall.SIGKILL} {
		t.Run(how, func(t *testing.T) {
			d := newDockerd(t)
			t.Setenv("GANTRY_TEST_DOCKER", d.address())
			w := newWorld(t, config.Environment{})
			image := w.deploy("1.0.0")
			bad := w.publish(t, w, w.slot, platformtest.Image{Version: "1.1.0", Behaviour: platformtest.NeverHealthy})
			ended := make(chan error, 1)
			started := &sign{word: "started", seen: make(chan struct{})}
			go func() {
				_, err := w.Deploy(context.Background(), w.rollout("1.1.0", bad), started)
				ended <- err
			}()
			<-started.seen
			d.end(signal)
			err := <-ended
			noVerdict(t, err)
			t.Logf("the deploy says: %v", err)
			if live, err := w.Live(t.Context(), w.slot); err == nil && live != nil && live.Healthy {
				t.Errorf("without a daemon live is %+v", live)
			}
			d.start()
			eventually(t, "the version before is live again", func() bool {
				live, err := w.Live(t.Context(), w.slot)
				return err == nil && live != nil && live.Healthy && live.Image == image
			})
			w.deploy("1.2.0")
			if _, version := w.get("/version"); version != "1.2.0" {
				t.Errorf("version %s answers", version)
			}
		})
	}
}

// sign is a log in which a word is waited for.
type sign struct {
	word string
	seen chan struct{}
	once sync.Once
	text strings.Builder
}

func (s *sign) Write(p []byte) (int, error) {
	if s.text.Write(p); strings.Contains(s.text.String(), s.word) {
		s.once.Do(func() { close(s.seen) })
	}
	return len(p), nil
}

func TestADaemonThatIsNotThereIsToldBeforeTheRun(t *testing.T) {
	e, err := New(config.Pipeline{Root: t.TempDir()}, config.Environment{Name: "dev", Docker: config.Docker{Host: "unix:///nowhere/docker.sock"}}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := e.check(t.Context())
	if c.State != engine.CheckWrong || !strings.Contains(c.Detail, "unix:///nowhere/docker.sock does not answer") || !strings.Contains(c.Next, "docker.host") {
		t.Errorf("the check is %+v", c)
	}
	t.Setenv("NOT_SET", "")
	if e, err = New(config.Pipeline{}, config.Environment{Name: "dev", Docker: config.Docker{Host: "env:NOT_SET"}}, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if c := e.check(t.Context()); c.State != engine.CheckWrong || !strings.Contains(c.Detail, "NOT_SET") {
		t.Errorf("the check is %+v", c)
	}
	if _, err := e.settings(); err == nil || errors.Is(err, errUnset) {
		t.Errorf("got %v", err)
	}
}
