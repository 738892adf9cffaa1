// Package registrytest starts a registry of another make than Gantry's for the tests that need one: distribution, which
// Debian packages as docker-registry. What works between two registries of one's own proves little about anybody else's.
package registrytest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Start runs docker-registry with nothing in it until the test ends, and passes on to it what is asked: whoever may come to
// it may do anything. Where it is not installed the test is skipped, and fails with GANTRY_CI=1.
func Start(t testing.TB) http.Handler {
	t.Helper()
	program, err := exec.LookPath("docker-registry")
	if err != nil && os.Getenv("GANTRY_CI") == "1" {
		t.Fatal("gantry needs a registry that is not its own: install docker-registry")
	}
	if err != nil {
		t.Skip("gantry needs a registry that is not its own: install docker-registry")
	}
	socket := run(t, program)
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	// What it answers with leads back through whoever stands before it.
	return &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: "docker-registry"})
		r.Out.Host = r.In.Host
	}}
}

// run is the socket that the program answers at. A port that is free now may not be when it starts.
func run(t testing.TB, program string) (socket string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "registry") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket = filepath.Join(dir, "s")
	configuration := fmt.Sprintf("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %q}, delete: {enabled: true}}\nhttp: {net: unix, addr: %q}\n", dir, socket)
	file := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	server := exec.Command(program, "serve", file)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() {
		_ = server.Process.Kill()
		if err := <-ended; err == nil {
			t.Error("docker-registry ended by itself")
		}
	})
	for {
		connection, err := net.Dial("unix", socket)
		if err == nil {
			_ = connection.Close()
			return socket
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("docker-registry did not start: %v", err)
		default:
			runtime.Gosched()
		}
	}
}
