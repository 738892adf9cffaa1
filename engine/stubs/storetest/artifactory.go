package storetest

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Artifactory is a server on loopback that keeps files as Artifactory does: it wants a credential, and both sums of what it
// is sent. It is to be started, or started with TLS.
type Artifactory struct {
	*httptest.Server
	User, Password string
	Versioned      bool                                          // it knows versions, which Artifactory does not
	Lets           func(*http.Request) bool                      // whom it knows; by default the user with the password
	Spoils         func(path string, content []byte) []byte      // what is kept of what came
	Answers        func(http.ResponseWriter, *http.Request) bool // before anything else; true: it has

	mu    sync.Mutex
	files map[string][]byte
	asked []string
}

// NewArtifactory is one with nothing in it.
func NewArtifactory(t testing.TB) *Artifactory {
	t.Helper()
	a := &Artifactory{User: "robot", Password: "s3cret-of-the-robot", files: map[string][]byte{}}
	a.Lets = func(r *http.Request) bool {
		user, password, given := r.BasicAuth()
		return given && user == a.User && password == a.Password
	}
	a.Server = httptest.NewUnstartedServer(a)
	a.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(a.Close)
	return a
}

const root = "/artifactory/acme-stubs"

// Place is the address below which it keeps files.
func (a *Artifactory) Place() string { return a.URL + root }

// File is what it keeps at a path; nil where there is nothing.
func (a *Artifactory) File(path string) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.files[path]
}

// Asked is what it was asked for until now: "GET inventory/qa/channel.json".
func (a *Artifactory) Asked() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked)
}

func (a *Artifactory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.Answers != nil && a.Answers(w, r) {
		return
	}
	if !a.Lets(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="Artifactory Realm"`)
		http.Error(w, `{"errors":[{"status":401,"message":"Bad credentials"}]}`, http.StatusUnauthorized)
		return
	}
	path, below := strings.CutPrefix(r.URL.Path, root+"/")
	if !below {
		http.Error(w, `{"errors":[{"status":404,"message":"no such repository"}]}`, http.StatusNotFound)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, r.Method+" "+path)
	kept, there := a.files[path]
	tag := fmt.Sprintf(`"%x"`, sha1.Sum(kept))
	switch {
	case r.Method == http.MethodGet && !there:
		http.Error(w, `{"errors":[{"status":404,"message":"File not found."}]}`, http.StatusNotFound)
	case r.Method == http.MethodGet:
		if a.Versioned {
			w.Header().Set("ETag", tag)
		}
		_, _ = w.Write(kept)
	case r.Method != http.MethodPut:
		http.Error(w, "only GET and PUT", http.StatusMethodNotAllowed)
	case a.Versioned && (there && r.Header.Get("If-None-Match") == "*" || r.Header.Get("If-Match") != "" && (!there || r.Header.Get("If-Match") != tag)):
		http.Error(w, "another one is there", http.StatusPreconditionFailed)
	default:
		a.keep(w, r, path)
	}
}

// keep takes a file of which both sums are right.
func (a *Artifactory) keep(w http.ResponseWriter, r *http.Request, path string) {
	content, err := io.ReadAll(r.Body)
	if got := r.Header.Get("X-Checksum-Sha1"); err != nil || got != fmt.Sprintf("%x", sha1.Sum(content)) {
		http.Error(w, fmt.Sprintf(`{"errors":[{"status":409,"message":"Checksum error: sha1 %s"}]}`, got), http.StatusConflict)
		return
	}
	if got := r.Header.Get("X-Checksum-Sha256"); got != fmt.Sprintf("%x", sha256.Sum256(content)) {
		http.Error(w, fmt.Sprintf(`{"errors":[{"status":409,"message":"Checksum error: sha256 %s"}]}`, got), http.StatusConflict)
		return
	}
	if a.Spoils != nil {
		content = a.Spoils(path, content)
	}
	a.files[path] = content
	w.WriteHeader(http.StatusCreated)
}
