// Package launch starts a built service for a probe: on loopback, with a temporary database that the service's own
// migration binary makes.
package launch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	startTime = 20 * time.Second
	stopTime  = 15 * time.Second
	pollEvery = 20 * time.Millisecond
)

// Spec is a service to start.
type Spec struct {
	Name    string
	Binary  string
	Migrate string            // "" when it has no database
	Needs   map[string]string // the URLs of other services, by name
}

// Service is a running service.
type Service struct {
	URL     string
	command *exec.Cmd
	output  *bytes.Buffer
	ended   chan struct{} // closed when the process has ended
}

// Start migrates, starts, and returns when the service is healthy. dir is where its database goes.
func Start(ctx context.Context, spec Spec, dir string) (*Service, error) {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	if spec.Migrate != "" {
		database := url.URL{Scheme: "sqlite", Path: filepath.Join(dir, spec.Name+".db")}
		env = append(env, "DATABASE_URL="+database.String())
		migration := exec.CommandContext(ctx, spec.Migrate)
		migration.Env = env
		if out, err := migration.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("migrate the database of %s: %w: %s", spec.Name, err, bytes.TrimSpace(out))
		}
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	env = append(env, "PORT="+strconv.Itoa(port))
	for name, at := range spec.Needs {
		env = append(env, variable(name)+"="+at)
	}
	s := &Service{URL: fmt.Sprintf("http://127.0.0.1:%d", port), output: &bytes.Buffer{}, ended: make(chan struct{})}
	s.command = exec.Command(spec.Binary) //nolint:noctx // Stop ends it, and lets it finish
	s.command.Env, s.command.Stdout, s.command.Stderr = env, s.output, s.output
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	go func() {
		_ = s.command.Wait() // how it ended is in its state
		close(s.ended)
	}()
	if err := s.untilHealthy(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for %s: %w", spec.Name, err), s.Stop())
	}
	return s, nil
}

// variable is what a service is told another's URL in: INVENTORY_URL.
func variable(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_URL"
}

func freePort(ctx context.Context) (int, error) {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func (s *Service) untilHealthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.ended:
			return fmt.Errorf("it ended before it was healthy (%s): %s", s.command.ProcessState, bytes.TrimSpace(s.output.Bytes()))
		case <-ctx.Done():
			return fmt.Errorf("it did not become healthy: %w", ctx.Err())
		case <-tick.C:
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/healthz", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			continue // it does not listen yet
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return nil
		}
	}
}

// Stop asks the service to end, and makes it when it does not.
func (s *Service) Stop() error {
	_ = s.command.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	patience := time.NewTimer(stopTime)
	defer patience.Stop()
	select {
	case <-s.ended:
		return nil
	case <-patience.C:
		_ = s.command.Process.Kill()
		<-s.ended
		return fmt.Errorf("it did not end within %s of SIGTERM, and was killed", stopTime)
	}
}
