package registry

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/stubs"
	"github.com/gantry-cd/gantry/engine/stubs/storetest"
)

// directory is a server of files as Gantry knows it, which waits for nothing.
func directory(t *testing.T, s *storetest.Artifactory, change ...func(*config.HTTP)) *Directory {
	t.Helper()
	t.Setenv("STUBS_PASSWORD", s.Password)
	c := config.HTTP{URL: s.Place(), Login: config.Login{User: s.User, Password: "env:STUBS_PASSWORD"}, Proxy: "none"}
	for _, f := range change {
		f(&c)
	}
	d := NewDirectory(c, t.TempDir())
	d.wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return d
}

func TestTheStoreOnAServerOfFiles(t *testing.T) {
	for _, versioned := range []bool{false, true} {
		t.Run(fmt.Sprintf("which knows versions: %v", versioned), func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) *storetest.Artifactory {
				s := storetest.NewArtifactory(t)
				s.Versioned = versioned
				s.Start()
				return s
			}, func(t *testing.T, s *storetest.Artifactory) stubs.Store { return stubs.NewFileStore(directory(t, s)) })
		})
	}
}

func TestAChannelOnAServerOfFilesIsReadWithoutGantry(t *testing.T) {
	s := storetest.NewArtifactory(t)
	s.Start()
	store := stubs.NewFileStore(directory(t, s))
	digest := storetest.Put(t, store, "1.0.0")
	if err := store.Tag(t.Context(), "inventory", digest, "prod"); err != nil {
		t.Fatal(err)
	}
	file := "sha256-" + strings.TrimPrefix(string(digest), "sha256:") + ".tar.gz"
	want := fmt.Sprintf("{\n  \"service\": \"inventory\",\n  \"channel\": \"prod\",\n  \"digest\": %q,\n  \"file\": %q\n}\n", digest, file)
	if got := string(s.File("inventory/prod/channel.json")); got != want {
		t.Errorf("it is %s, want %s", got, want)
	}
	if got := fmt.Sprintf("sha256:%x", sha256.Sum256(s.File("inventory/"+file))); got != string(digest) {
		t.Errorf("the file is %s, want %s", got, digest)
	}
}

// A refusal, whatever it is, must not look as if a stub had never been published.
func TestARefusalIsNoMissingStub(t *testing.T) {
	for _, c := range []struct {
		status int
		reads  string
		writes string
	}{
		{http.StatusUnauthorized, "check the credential", "check the credential"},
		{http.StatusForbidden, "check what the credential may do there", "to publish it must be allowed to write"},
		{http.StatusNotFound, "", "check url: nothing can be put there"},
		{http.StatusMethodNotAllowed, "check url", "check url: nothing can be put there"},
		{http.StatusConflict, "the server has received something else", "the server has received something else than was sent"},
		{http.StatusTooManyRequests, "has trouble (asked 3 times): retry later", "has trouble (asked 3 times): retry later"},
		{http.StatusBadGateway, "has trouble (asked 3 times): retry later", "has trouble (asked 3 times): retry later"},
		{http.StatusInsufficientStorage, "make room", "make room"},
		{http.StatusNoContent, "look at what the server says", ""},
	} {
		t.Run(http.StatusText(c.status), func(t *testing.T) {
			s, asked := storetest.NewArtifactory(t), 0
			s.Answers = func(w http.ResponseWriter, r *http.Request) bool {
				asked++
				w.WriteHeader(c.status)
				if c.status != http.StatusNoContent {
					_, _ = fmt.Fprintf(w, "no <b>way</b> for\n%s, %s", r.Header.Get("Authorization"), s.Password)
				}
				return true
			}
			s.Start()
			d := directory(t, s)
			_, _, err := d.Read(t.Context(), "inventory/qa/channel.json")
			if c.reads == "" {
				if !errors.Is(err, stubs.ErrNone) {
					t.Errorf("read: %v", err)
				}
			} else if err == nil || errors.Is(err, stubs.ErrNone) || !strings.Contains(err.Error(), c.reads) || !strings.Contains(err.Error(), "/artifactory/acme-stubs/inventory/qa/channel.json") {
				t.Errorf("read: %v", err)
			}
			if troubled := strings.Contains(c.reads, "asked 3 times"); troubled && asked != 3 || !troubled && c.status < 500 && asked != 1 {
				t.Errorf("it was asked %d times", asked)
			}
			if c.writes == "" {
				return
			}
			if err := d.Write(t.Context(), "inventory/qa/channel.json", []byte("{}"), ""); err == nil || !strings.Contains(err.Error(), c.writes) || strings.Contains(err.Error(), s.Password) || strings.Contains(err.Error(), base64.StdEncoding.EncodeToString([]byte(s.User + ":" + s.Password))[:20]) {
				t.Errorf("write: %v", err)
			}
		})
	}
}

func TestALoginPageIsNoChannel(t *testing.T) {
	s := storetest.NewArtifactory(t)
	s.Answers = func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = io.WriteString(w, "<html>Please log in</html>")
		return true
	}
	s.Start()
	_, err := stubs.NewFileStore(directory(t, s)).Resolve(t.Context(), "inventory", "qa")
	if err == nil || errors.Is(err, stubs.ErrNone) || !strings.Contains(err.Error(), "it is no JSON as Gantry writes it") {
		t.Errorf("got %v", err)
	}
}

// A server that is in trouble for a moment, and a connection that breaks in the middle of an answer, are asked again.
func TestAServerInTroubleIsAskedAgain(t *testing.T) {
	for name, trouble := range map[string]func(http.ResponseWriter){
		"unavailable": func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) },
		"a torn body": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "half of it")
		},
		"a broken connection": func(w http.ResponseWriter) {
			if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_ = conn.Close()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, left := storetest.NewArtifactory(t), 2
			s.Answers = func(w http.ResponseWriter, _ *http.Request) bool {
				if left--; left < 0 {
					return false
				}
				trouble(w)
				return true
			}
			s.Start()
			d := directory(t, s)
			if _, _, err := d.Read(t.Context(), "inventory/qa/channel.json"); !errors.Is(err, stubs.ErrNone) {
				t.Errorf("after two troubles: %v", err)
			}
			left = 100
			if _, _, err := d.Read(t.Context(), "inventory/qa/channel.json"); err == nil || errors.Is(err, stubs.ErrNone) {
				t.Errorf("after troubles without an end: %v", err)
			}
		})
	}
}

func TestWhatAServerSpoilsIsFoundWhenItIsReadBack(t *testing.T) {
	s := storetest.NewArtifactory(t)
	s.Spoils = func(path string, content []byte) []byte {
		if strings.HasSuffix(path, ".tar.gz") {
			return content[:len(content)/2]
		}
		return content
	}
	s.Start()
	store := stubs.NewFileStore(directory(t, s))
	if _, err := store.Put(t.Context(), "inventory", storetest.Bundle("inventory", "1.0.0")); err == nil || !strings.Contains(err.Error(), "it was written, and cannot be read back") {
		t.Errorf("got %v", err)
	}
	// And the next one does not take what lies there for a stub that was published.
	if _, err := store.Put(t.Context(), "inventory", storetest.Bundle("inventory", "1.0.0")); err == nil || !strings.Contains(err.Error(), "remove what lies there") {
		t.Errorf("got %v", err)
	}
}

func TestABundleThatItsServerCallsCompressedComesAsItIs(t *testing.T) {
	s := storetest.NewArtifactory(t)
	s.Answers = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, ".gz") {
			w.Header().Set("Content-Encoding", "gzip")
		}
		return false
	}
	s.Start()
	store := stubs.NewFileStore(directory(t, s))
	if _, err := store.Get(t.Context(), "inventory", storetest.Put(t, store, "1.0.0")); err != nil {
		t.Error(err)
	}
}

func TestCredentialsForAServerOfFiles(t *testing.T) {
	s := storetest.NewArtifactory(t)
	s.Lets = func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer t0ken" }
	s.Start()
	token := func(reference string) func(*config.HTTP) {
		return func(c *config.HTTP) { c.Login = config.Login{Token: reference} }
	}
	t.Setenv("STUBS_TOKEN", "t0ken")
	d := directory(t, s, token("env:STUBS_TOKEN"))
	if _, _, err := d.Read(t.Context(), "x"); !errors.Is(err, stubs.ErrNone) {
		t.Errorf("with a token: %v", err)
	}
	owns, err := d.Owns(t.Context())
	if err != nil || len(owns) != 2 || owns[0].ID != s.Place() || !strings.HasPrefix(owns[1].String(), "registry user a token at 127.0.0.1") {
		t.Errorf("it owns %v, %v", owns, err)
	}
	// A file that holds no secret because it is gone is not the server's word that there is no such stub.
	for name, d := range map[string]*Directory{"lost": directory(t, s, token("file:gone")), "wrong": directory(t, s, token("exec:echo wrong")), "none": directory(t, s, token(""))} {
		if _, _, err := d.Read(t.Context(), "x"); err == nil || errors.Is(err, stubs.ErrNone) {
			t.Errorf("with a credential that is %s: %v", name, err)
		}
		if _, err := d.Owns(t.Context()); err == nil {
			t.Errorf("with a credential that is %s, the server lets Gantry in", name)
		}
	}
}

func TestAServerOfFilesIsBelievedByItsCertificatesAndKeepsToThem(t *testing.T) {
	s, plain := storetest.NewArtifactory(t), storetest.NewArtifactory(t)
	s.StartTLS()
	plain.Start()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	write(t, ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})), 0o600)
	believing := directory(t, s, func(c *config.HTTP) { c.CA = ca })
	if _, _, err := believing.Read(t.Context(), "x"); !errors.Is(err, stubs.ErrNone) {
		t.Errorf("with its certificate: %v", err)
	}
	if _, _, err := directory(t, s).Read(t.Context(), "x"); err == nil || errors.Is(err, stubs.ErrNone) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without its certificate: %v", err)
	}
	s.Answers = func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, plain.URL+r.URL.Path, http.StatusTemporaryRedirect)
		return true
	}
	if _, _, err := believing.Read(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "redirects from https to http://") {
		t.Errorf("redirected: %v", err)
	}
}
