package main

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// dockerRegistry is the registry that Debian packages as docker-registry, with nothing in it: whoever may come to it may do
// anything.
func dockerRegistry(t *testing.T) http.Handler {
	t.Helper()
	program, err := exec.LookPath("docker-registry")
	if err != nil && os.Getenv("GANTRY_CI") == "1" {
		t.Fatal("gantry needs a registry that is not its own: install docker-registry")
	}
	if err != nil {
		t.Skip("gantry needs a registry that is not its own: install docker-registry")
	}
	dir := t.TempDir()
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	configuration := fmt.Sprintf("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %q}, delete: {enabled: true}}\nhttp: {addr: %q}\n", dir, address)
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
		<-ended
	})
	for {
		answer, err := http.Get("http://" + address + "/v2/")
		if err == nil {
			_ = answer.Body.Close()
			break
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("docker-registry did not start: %v", err)
		default:
			runtime.Gosched()
		}
	}
	// What it answers with leads back through whoever stands before it.
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: address})
		r.Out.Host = r.In.Host
	}}
}
