package command

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// reached is a platform that the documentation's scripts reach through stand-ins of its programs. It knows the calls that
// these make, each with its very arguments, and no other. Time passes in it when it is looked at.
type reached interface {
	// call answers one call. Whoever asks holds the front.
	call(c called) printed
	// refusal is what a program prints where the platform does not answer it, or does not know its credential.
	refusal(c called, gone bool) printed
	// serves is the image that serves under a slot's name; "" for none.
	serves(name string) promotion.Digest
	// set changes by hand which image a slot is to run.
	set(name, image string)
	// running is what runs, an entry each.
	running() []string
	// state is all that an onlooker could have changed.
	state() string
}

// front is what all scripted platforms have in common: where the stand-ins call, and the images that are known.
type front struct {
	t      *testing.T
	server *httptest.Server
	token  string
	behind reached

	mu         sync.Mutex
	broken     bool
	expired    bool
	calls      []string // without those that were refused
	images     map[promotion.Digest]platformtest.Image
	migrations int
	clock      int // seconds
}

func newFront(t *testing.T) *front {
	f := &front{t: t, token: "let-me-in", images: map[promotion.Digest]platformtest.Image{}}
	f.server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.server.Close)
	return f
}

func (f *front) serve(w http.ResponseWriter, r *http.Request) {
	var call called
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		f.t.Errorf("what a program sent: %v", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var p printed
	if f.broken || f.expired || call.Token != f.token {
		p = f.behind.refusal(call, f.broken)
	} else {
		f.calls = append(f.calls, call.Program+" "+call.line())
		p = f.behind.call(call)
	}
	_ = json.NewEncoder(w).Encode(p)
}

// unexpected is a call that no script of the documentation makes.
func (f *front) unexpected(c called) printed {
	f.t.Errorf("nobody expects: %s %s", c.Program, c.line())
	return printed{Err: "error: unknown command\n", Status: 64}
}

// change changes something behind everybody's back.
func (f *front) change(how func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	how()
}

// behaves is how an image behaves, by a reference that ends with its digest.
func (f *front) behaves(image string) platformtest.Behaviour {
	return f.images[digestOf(image)].Behaviour
}

// migrated runs a migration's image, and counts it where it succeeds.
func (f *front) migrated(image string) (out string, well bool) {
	how := f.behaves(image)
	if well = how == platformtest.Good; well {
		f.migrations++
	}
	return said(how), well
}

// between is what stands between the beginning and the end of a line, where that is one word.
func between(line, begins, ends string) (string, bool) {
	rest, found := strings.CutPrefix(line, begins)
	rest, fits := strings.CutSuffix(rest, ends)
	return rest, found && fits && rest != "" && !strings.Contains(rest, " ")
}

func digestOf(image string) promotion.Digest {
	_, digest, _ := strings.Cut(image, "@")
	return promotion.Digest(digest)
}

// said is what an image writes.
func said(b platformtest.Behaviour) string {
	if b == platformtest.Crashing {
		return "starting\n" + platformtest.LastWords + "\n"
	}
	return "starting\nlistening\n"
}
