package registry

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

var slot = promotion.Slot{Environment: "qa", Team: "checkout", Service: "orders"}

// guarded is a registry that lets in whom it is told to.
func guarded(t *testing.T, challenge string, lets func(*http.Request) bool) *httptest.Server {
	t.Helper()
	images := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !lets(r) {
			w.Header().Set("WWW-Authenticate", challenge)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
			return
		}
		images.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	return server
}

func basic(user, password string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		u, p, given := r.BasicAuth()
		return given && u == user && p == password
	}
}

func address(s *httptest.Server) string { return s.Listener.Addr().String() }

// push pushes an image, and looks for it as a deploy does.
func push(t *testing.T, r *Registry) error {
	t.Helper()
	at, err := r.Repository(slot, "")
	if err != nil {
		return err
	}
	image, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(at.Name.Digest(digest.String()), image, remote.WithAuth(at.Write), remote.WithTransport(at.Transport)); err != nil {
		return err
	}
	return r.Kept(t.Context(), at, promotion.Digest(digest.String()))
}

func TestARegistryIsReachedWithTheEnvironmentsCredential(t *testing.T) {
	server := guarded(t, `Basic realm="acme"`, basic("robot", "s3cret"))
	server.Start()
	t.Setenv("QA_PASSWORD", "s3cret")
	dir := t.TempDir()
	auth := base64.StdEncoding.EncodeToString([]byte("robot:s3cret"))
	write(t, filepath.Join(dir, "docker", "config.json"), fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, address(server), auth), 0o600)
	// A variable of the whole process must not come before what the environment says.
	t.Setenv("DOCKER_AUTH_CONFIG", fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, address(server), base64.StdEncoding.EncodeToString([]byte("somebody:else"))))
	for name, login := range map[string]config.Login{
		"user and password": {User: "robot", Password: "env:QA_PASSWORD"},
		"docker login":      {DockerConfig: "docker"},
	} {
		r := New(config.Registry{Address: address(server), Prefix: "acme/qa", Login: login}, dir)
		if err := push(t, r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c := r.Check(t.Context(), slot); c.State != engine.CheckOK || !strings.HasSuffix(c.Detail, "/acme/qa/checkout/orders") {
			t.Errorf("%s: the check is %+v", name, c)
		}
		if got := r.Secrets(); len(got) == 0 || got[0] != "s3cret" {
			t.Errorf("%s: the secrets are %q", name, got)
		}
	}
	for name, login := range map[string]config.Login{
		"a wrong password":      {User: "robot", Password: "file:wrong"},
		"nobody":                {},
		"a secret that is lost": {User: "robot", Password: "env:NOBODY_SET_THIS"},
	} {
		write(t, filepath.Join(dir, "wrong"), "wr0ng", 0o600)
		c := New(config.Registry{Address: address(server), Prefix: "acme/qa", Login: login}, dir).Check(t.Context(), slot)
		if c.State != engine.CheckWrong || c.Next == "" || strings.Contains(c.Detail, "wr0ng") {
			t.Errorf("%s: the check is %+v", name, c)
		}
	}
}

func TestAHelperIsAskedForTheCredential(t *testing.T) {
	server := guarded(t, `Basic realm="acme"`, basic("helper", "handed-out"))
	server.Start()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "bin", "docker-credential-acme"), "#!/bin/sh\nread -r at\necho \"{\\\"ServerURL\\\": \\\"$at\\\", \\\"Username\\\": \\\"helper\\\", \\\"Secret\\\": \\\"handed-out\\\"}\"\n", 0o755)
	t.Setenv("PATH", filepath.Join(dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	write(t, filepath.Join(dir, "docker", "config.json"), fmt.Sprintf(`{"credHelpers": {%q: "acme"}}`, address(server)), 0o600)
	if err := push(t, New(config.Registry{Address: address(server), Prefix: "qa", Login: config.Login{DockerConfig: "docker"}}, dir)); err != nil {
		t.Error(err)
	}
}

func TestATokenAndACredentialThatOnlyReads(t *testing.T) {
	var wrote atomic.Bool
	server := guarded(t, `Bearer realm="https://auth.example.com/token",service="acme"`, func(r *http.Request) bool {
		switch r.Header.Get("Authorization") {
		case "Bearer t0ken":
			return true
		case "Bearer read":
			wrote.Store(wrote.Load() || r.Method != http.MethodGet && r.Method != http.MethodHead)
			return true
		}
		return false
	})
	server.Start()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "token"), "t0ken\n", 0o600)
	write(t, filepath.Join(dir, "read"), "read\n", 0o600)
	r := New(config.Registry{Address: address(server), Prefix: "qa", Login: config.Login{Token: "file:token"}, Read: config.Login{Token: "file:read"}}, dir)
	if err := push(t, r); err != nil || wrote.Load() {
		t.Errorf("got %v; the credential that only reads has written: %v", err, wrote.Load())
	}
}

func TestARegistryIsBelievedByTheEnvironmentsCertificates(t *testing.T) {
	server := guarded(t, `Basic realm="acme"`, func(*http.Request) bool { return true })
	server.StartTLS()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "ca.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})), 0o600)
	write(t, filepath.Join(dir, "empty.pem"), "nothing", 0o600)
	if err := push(t, New(config.Registry{Address: address(server), Prefix: "qa", CA: "ca.pem"}, dir)); err != nil {
		t.Error(err)
	}
	if err := push(t, New(config.Registry{Address: address(server), Prefix: "qa"}, dir)); err == nil {
		t.Error("a registry is believed whose certificate nobody knows")
	}
	if err := push(t, New(config.Registry{Address: address(server), Prefix: "qa", CA: "empty.pem"}, dir)); err == nil || !strings.Contains(err.Error(), "empty.pem holds none in PEM") {
		t.Errorf("got %v", err)
	}
}

func TestARegistryIsReachedThroughTheEnvironmentsProxy(t *testing.T) {
	server := guarded(t, `Basic realm="acme"`, func(*http.Request) bool { return true })
	server.StartTLS()
	var through atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != "registry.acme.test:443" {
			http.Error(w, "only to the registry", http.StatusForbidden)
			return
		}
		through.Add(1)
		to, err := net.Dial("tcp", address(server))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusOK)
		from, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		go func() { _, _ = io.Copy(to, from); _ = to.Close() }()
		_, _ = io.Copy(from, to)
		_ = from.Close()
	}))
	t.Cleanup(proxy.Close)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "ca.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})), 0o600)
	t.Setenv("QA_PROXY", proxy.URL)
	r := New(config.Registry{Address: "registry.acme.test", Prefix: "qa", CA: "ca.pem", Proxy: "env:QA_PROXY"}, dir)
	transport, err := r.transport()
	if err != nil {
		t.Fatal(err)
	}
	transport.(*http.Transport).TLSClientConfig.ServerName = "example.com" // as the certificate of httptest says
	if err := push(t, r); err != nil || through.Load() == 0 {
		t.Errorf("%d connections through the proxy, %v", through.Load(), err)
	}
}

func TestAnImageThatIsNotThereIsSaidToBeMissing(t *testing.T) {
	server := guarded(t, "", func(*http.Request) bool { return true })
	server.Start()
	r := New(config.Registry{Address: address(server), Prefix: "qa"}, t.TempDir())
	at, err := r.Repository(slot, "migration")
	if err != nil || !strings.HasSuffix(at.Name.Name(), "/qa/checkout/orders/migration") {
		t.Fatalf("the repository is %v, %v", at.Name, err)
	}
	missing := promotion.Digest("sha256:" + strings.Repeat("ab", 32))
	if err := r.Kept(t.Context(), at, missing); err == nil || !strings.Contains(err.Error(), "has no image "+string(missing)) {
		t.Errorf("got %v", err)
	}
	server.Close()
	if err := r.Kept(t.Context(), at, missing); err == nil || strings.Contains(err.Error(), "has no image") {
		t.Errorf("of a registry that is gone it is said %v", err)
	}
}

func TestADirectoryWithoutTheCredentialSaysHowToGetOne(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "docker", "config.json"), "{}", 0o600)
	l := &login{configured: config.Login{DockerConfig: "docker"}, root: dir, address: "registry.acme.test"}
	if _, err := l.Authorization(); err == nil || !strings.Contains(err.Error(), "docker --config "+dir+"/docker login registry.acme.test") {
		t.Errorf("got %v", err)
	}
	write(t, filepath.Join(dir, "docker", "config.json"), "{", 0o600)
	if _, err := l.Authorization(); err == nil {
		t.Error("a file that is no JSON holds a credential")
	}
}

func write(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
