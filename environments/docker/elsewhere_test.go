package docker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	oci "github.com/google/go-containerregistry/pkg/registry"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// elsewhere is the name of a registry that somebody else keeps. Only the proxy to it knows where that is: what is on
// loopback a daemon does not ask for a certificate that it believes.
const elsewhere = "registry.test"

// newElsewhere starts that registry, which knows one user, and the proxy. Its certificate is its own authority.
func newElsewhere(t *testing.T, user, password string) (ca, proxy string) {
	t.Helper()
	images := oci.New(oci.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, _ := r.BasicAuth(); u != user || p != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="elsewhere"`)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
			return
		}
		images.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // who does not believe it hangs up
	certificate, text := ownAuthority(t)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	t.Cleanup(server.Close)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	tunnel := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != elsewhere+":443" {
			http.Error(w, "nobody is there", http.StatusBadGateway)
			return
		}
		connect(w, server.Listener.Addr().String())
	}))
	t.Cleanup(tunnel.Close)
	return ca, tunnel.URL
}

// connect is a proxy's answer to CONNECT: what comes is passed on, both ways, until one side ends.
func connect(w http.ResponseWriter, to string) {
	there, err := net.Dial("tcp", to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	here, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		_ = there.Close()
		return
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		_, _ = io.Copy(there, buffered)
		_ = there.Close()
	}()
	_, _ = io.Copy(here, there)
	_ = here.Close()
}

// ownAuthority is a certificate for the registry that vouches for itself, and the same in PEM.
func ownAuthority(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{elsewhere}, NotBefore: time.Unix(0, 0), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	made, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{made}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made})
}

// helped is a directory of Docker's configuration whose helper knows the user, and a PATH that has the helper.
func helped(t *testing.T, user, password string) string {
	t.Helper()
	dir, bin := t.TempDir(), t.TempDir()
	helper := "#!/bin/sh\nread -r server\n[ \"$1 $server\" = 'get " + elsewhere + "' ] || { echo 'credentials not found in native keychain'; exit 1; }\n" +
		`printf '{"ServerURL": "%s", "Username": "` + user + `", "Secret": "` + password + `"}' "$server"` + "\n"
	for file, text := range map[string]string{
		filepath.Join(dir, "config.json"): `{"credHelpers": {"` + elsewhere + `": "scripted"}}`, filepath.Join(bin, "docker-credential-scripted"): helper,
	} {
		if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return dir
}

func TestAnImageIsHandedOverWhereTheDaemonDoesNotBelieveTheRegistry(t *testing.T) {
	const user, password = "robot-dev", "the-password-of-the-robot"
	for how, login := range map[string]func(t *testing.T) config.Login{
		"user and password": func(t *testing.T) config.Login {
			t.Setenv("DEV_REGISTRY_PASSWORD", password)
			return config.Login{User: user, Password: "env:DEV_REGISTRY_PASSWORD"}
		},
		"a credential helper": func(t *testing.T) config.Login { return config.Login{DockerConfig: helped(t, user, password)} },
	} {
		t.Run(how, func(t *testing.T) {
			ca, proxy := newElsewhere(t, user, password)
			known := login(t)
			t.Setenv("HTTPS_PROXY", proxy) // the daemon's way there
			d := newDockerd(t)
			t.Setenv("HTTPS_PROXY", "")
			t.Setenv("GANTRY_TEST_DOCKER", d.address())
			w := newWorld(t, config.Environment{
				Docker:   config.Docker{Images: "auto"},
				Registry: config.Registry{Address: elsewhere, Prefix: "acme/dev", Login: known, CA: ca, Proxy: proxy},
			})
			handedOver := func(version string, want int) {
				t.Helper()
				image := w.publish(t, w, w.slot, platformtest.Image{Version: version, Behaviour: platformtest.Good})
				var log strings.Builder
				live, err := w.Deploy(t.Context(), w.rollout(version, image), &log)
				if err != nil || live.Image != image || !live.Healthy {
					t.Fatalf("deploy %s: %+v, %v\n%s", version, live, err, log.String())
				}
				if n := strings.Count(log.String(), "it is handed over"); n != want || want > 0 && !strings.Contains(log.String(), "certificate signed by unknown authority") {
					t.Errorf("the log of %s says %d times that the image is handed over, want %d and why:\n%s", version, n, want, log.String())
				}
				if strings.Contains(log.String(), password) {
					t.Errorf("the log of %s shows the password", version)
				}
			}
			handedOver("1.0.0", 1)
			handedOver("1.1.0", 1)
			handedOver("1.1.0", 0) // the daemon has it
			if _, version := w.get("/version"); version != "1.1.0" {
				t.Errorf("version %q answers", version)
			}
		})
	}
}
