package environments

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/stubs"
	"github.com/gantry-cd/gantry/engine/stubs/storetest"
)

func TestTheStoreOfThisMachine(t *testing.T) {
	storetest.Run(t, func(t *testing.T) string {
		state := t.TempDir()
		t.Cleanup(func() {
			if _, err := Down(context.Background(), state); err != nil {
				t.Error(err)
			}
		})
		return state
	}, func(_ *testing.T, state string) stubs.Store { return Stubs(config.Pipeline{}, state) })
}

func TestWhoOnlyLooksStartsNoStoreOnThisMachine(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	if digest, err := PublishedStubs(config.Pipeline{}, state).Resolve(t.Context(), "inventory", "qa"); err == nil {
		t.Errorf("it points at %s", digest)
	}
	if _, err := os.Stat(state); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a state directory was made: %v", err)
	}
}

// strangers is a registry that somebody else keeps, in which one robot writes and another one reads.
type strangers struct {
	*httptest.Server
	images http.Handler

	mu    sync.Mutex
	asked []string // by whom, and for what
}

func newStrangers(t *testing.T) *strangers {
	s := &strangers{images: registry.New(registry.Logger(log.New(io.Discard, "", 0)))}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *strangers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	looks := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case password != "password of "+user:
		w.Header().Set("WWW-Authenticate", `Basic realm="strangers"`)
		http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
		return
	case user == "reader" && !looks, r.Method == http.MethodDelete, r.URL.Path != "/v2/" && !strings.HasPrefix(r.URL.Path, "/v2/acme/stubs/"):
		http.Error(w, `{"errors":[{"code":"DENIED"}]}`, http.StatusForbidden)
		return
	}
	s.mu.Lock()
	s.asked = append(s.asked, user+" "+r.Method)
	s.mu.Unlock()
	s.images.ServeHTTP(w, r)
}

// pipeline is one whose stubs go there.
func (s *strangers) pipeline(t *testing.T, password string) config.Pipeline {
	t.Helper()
	t.Setenv("WRITER", password)
	t.Setenv("READER", "password of reader")
	return config.Pipeline{Root: t.TempDir(), Artifacts: config.Artifacts{Registry: config.Registry{
		Address: s.Listener.Addr().String(), Prefix: "acme/stubs",
		Login: config.Login{User: "writer", Password: "env:WRITER"}, Read: config.Login{User: "reader", Password: "env:READER"},
	}}}
}

func TestTheStoreInARegistryOfSomebodyElses(t *testing.T) {
	storetest.Run(t, newStrangers, func(t *testing.T, s *strangers) stubs.Store {
		return Stubs(s.pipeline(t, "password of writer"), "nowhere")
	})
	s := newStrangers(t)
	p := s.pipeline(t, "password of writer")
	digest := storetest.Put(t, Stubs(p, "nowhere"), "1.0.0")
	if err := Stubs(p, "nowhere").Tag(t.Context(), "inventory", digest, "qa"); err != nil {
		t.Fatal(err)
	}
	t.Run("who looks only reads, with the credential that reads", func(t *testing.T) {
		s.asked = nil
		storetest.Points(t, PublishedStubs(p, "nowhere"), "qa", digest)
		storetest.Points(t, PublishedStubs(p, "nowhere"), "prod", "")
		for _, asked := range s.asked {
			if asked != "reader GET" && asked != "reader HEAD" {
				t.Errorf("it was asked by %s", asked)
			}
		}
	})
	t.Run("a wrong credential is no missing stub", func(t *testing.T) {
		p := s.pipeline(t, "wrong")
		p.Artifacts.Registry.Read = config.Login{}
		if _, err := Stubs(p, "nowhere").Resolve(t.Context(), "inventory", "qa"); err == nil || errors.Is(err, stubs.ErrNone) || !strings.Contains(err.Error(), "credentials") {
			t.Errorf("got %v", err)
		}
	})
}

func TestTheStoreOfStubsSaysWhoOneIsBesideTheEnvironments(t *testing.T) {
	s := newStrangers(t)
	p := s.pipeline(t, "password of writer")
	p.Environments = []config.Environment{{Name: "dev", Platform: "sandbox"}}
	owned, shared := Isolation(t.Context(), p, t.TempDir())
	store := owned[len(owned)-1]
	if len(shared) != 0 || store.Environment != "the artifact store" || store.Err != nil || len(store.Things) != 3 || !strings.HasPrefix(store.Things[1].String(), "registry user writer at 127.0.0.1:") {
		t.Errorf("it is %+v; they share %v", store, shared)
	}
	p.Environments = append(p.Environments, commands("qa", "echo cluster", "env:READER"))
	p.Environments[1].Registry = config.Registry{Address: p.Artifacts.Registry.Address, Prefix: "acme/qa", Login: config.Login{User: "writer", Password: "exec:echo password of writer"}}
	if _, shared = Isolation(t.Context(), p, t.TempDir()); len(shared) != 1 || !strings.HasPrefix(shared[0], "qa and the artifact store share the registry user writer at ") {
		t.Errorf("they share %q", shared)
	}
	p = s.pipeline(t, "wrong")
	if owned, _ := Isolation(t.Context(), p, t.TempDir()); owned[0].Err == nil {
		t.Error("with a wrong password the store says who one is")
	}
}

// The kinds of stores are told by what the configuration names.
func TestTheStoreOnAServerOfFilesOfSomebodyElses(t *testing.T) {
	a := storetest.NewArtifactory(t)
	a.Start()
	t.Setenv("STUBS", a.Password)
	p := config.Pipeline{Root: t.TempDir(), Artifacts: config.Artifacts{HTTP: config.HTTP{URL: a.Place(), Login: config.Login{User: a.User, Password: "env:STUBS"}}}}
	store := Stubs(p, "nowhere")
	digest := storetest.Put(t, store, "1.0.0")
	if err := store.Tag(t.Context(), "inventory", digest, "qa"); err != nil {
		t.Fatal(err)
	}
	storetest.Points(t, PublishedStubs(p, "nowhere"), "qa", digest)
	if held := store.(interface{ Secrets() []string }).Secrets(); len(held) != 1 || held[0] != a.Password {
		t.Errorf("what must not show in a log is %q", held)
	}
	p.Artifacts = config.Artifacts{S3: config.S3{Bucket: "acme-stubs", Region: "eu-central-1", Account: "111122223333", Role: "arn:aws:iam::111122223333:role/gantry-stubs", Endpoint: "http://127.0.0.1:1"}}
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": "1"} {
		t.Setenv(name, value)
	}
	if _, err := PublishedStubs(p, "nowhere").Resolve(t.Context(), "inventory", "qa"); err == nil || errors.Is(err, stubs.ErrNone) || !strings.Contains(err.Error(), "s3://acme-stubs/") {
		t.Errorf("of a bucket that nobody answers for: %v", err)
	}
}
