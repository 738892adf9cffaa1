package sandbox

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// lies is everything in a directory: names, modes, times and content.
func lies(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		all[path] = fmt.Sprint(info.Mode(), info.ModTime())
		if entry.Type().IsRegular() {
			text, err := os.ReadFile(path)
			all[path] += fmt.Sprintf(" %x", sha256.Sum256(text))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// seen is what one who only looks sees.
type seen struct {
	checks map[string]engine.Check
	live   *engine.Live
	err    error // of the repository
	there  bool  // the image that was asked for
}

// look looks at the world as another process would, and wants it to stay as it is.
func (w *world) look(e config.Environment, image promotion.Digest) seen {
	w.t.Helper()
	before := lies(w.t, w.state)
	view := open(w.t, w.state, e).View()
	s := seen{checks: map[string]engine.Check{}}
	for _, c := range view.Check(w.t.Context(), w.slot, true) {
		s.checks[c.What] = c
	}
	var err error
	if s.live, err = view.Live(w.t.Context(), w.slot); err != nil {
		w.t.Error(err)
	}
	repository, err := view.Repository(w.t.Context(), w.slot, "")
	if s.err = err; err == nil && image != "" {
		if s.there, err = images.Exists(w.t.Context(), repository, image); err != nil {
			w.t.Error(err)
		}
	}
	if after := lies(w.t, w.state); !maps.Equal(before, after) {
		w.t.Errorf("looking has changed the state directory:\n%v\n%v", before, after)
	}
	return s
}

func (s seen) want(t *testing.T, what string, state engine.CheckState, words string) {
	t.Helper()
	if c := s.checks[what]; c.State != state || !strings.Contains(c.Detail, words) {
		t.Errorf("the check of the %s is %+v, want %s with %q", what, c, state, words)
	}
}

var dev = config.Environment{Name: "dev"}

func TestWhoLooksAtASandboxThatWasNeverUpFindsNothingAndMakesNothing(t *testing.T) {
	w := newWorld(t, dev)
	s := w.look(dev, "")
	if s.live != nil || !errors.Is(s.err, engine.ErrNotYet) {
		t.Errorf("live is %+v, the repository %v", s.live, s.err)
	}
	s.want(t, "sandbox", engine.CheckLater, "never up")
	s.want(t, "registry", engine.CheckLater, "the run makes it")
	s.want(t, "database", engine.CheckLater, "the first migration makes it")
}

func TestWhoLooksAtASandboxThatRunsSeesWhatIsLive(t *testing.T) {
	w := newWorld(t, dev)
	if log, err := w.migrate("TEST_SQL=CREATE TABLE orders (id INTEGER)"); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	image := w.deploy("1.0.0")
	s := w.look(dev, image)
	if s.live == nil || s.live.Image != image || !s.live.Healthy || !s.there {
		t.Errorf("live is %+v, and its image is there: %t", s.live, s.there)
	}
	s.want(t, "sandbox", engine.CheckOK, "up, pid")
	s.want(t, "registry", engine.CheckOK, "both credentials are good")
	s.want(t, "database", engine.CheckOK, "orders.db")
}

func TestWhoLooksAtASandboxThatIsDownSeesWhatWillBeLiveAgain(t *testing.T) {
	w := newWorld(t, dev)
	image := w.deploy("1.0.0")
	if _, err := Down(t.Context(), w.state, nil); err != nil {
		t.Fatal(err)
	}
	s := w.look(dev, image)
	if s.live == nil || s.live.Image != image || s.live.Healthy || !strings.Contains(s.live.Detail, "down") || !s.there {
		t.Errorf("live is %+v, and its image is there: %t", s.live, s.there)
	}
	s.want(t, "sandbox", engine.CheckLater, "down")
	s.want(t, "registry", engine.CheckLater, "its images are there")
}

func TestAnImageThatIsGoneIsMissedThoughTheSandboxIsDown(t *testing.T) {
	w := newWorld(t, dev)
	w.deploy("1.0.0")
	if _, err := Down(t.Context(), w.state, nil); err != nil {
		t.Fatal(err)
	}
	if s := w.look(dev, promotion.Digest("sha256:"+strings.Repeat("0", 64))); s.there {
		t.Error("an image that nobody pushed is said to be there")
	}
}

func TestAPinnedPortThatAnotherProgramHasIsFoundBeforeTheRun(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	w := newWorld(t, dev)
	pinned := dev
	pinned.Registry.Port = taken.Addr().(*net.TCPAddr).Port
	pinned.Proxy = map[string]int{"orders": pinned.Registry.Port}
	s := w.look(pinned, "")
	s.want(t, "registry", engine.CheckWrong, "taken by another program")
	s.want(t, "endpoint", engine.CheckWrong, "taken by another program")
}

func TestAPostgresServerThatDoesNotAnswerIsFoundBeforeTheRun(t *testing.T) {
	w := newWorld(t, dev)
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	onPostgres := dev
	onPostgres.Database.Postgres = fmt.Sprintf("postgres://ada:secret@%s/postgres", gone.Addr())
	s := w.look(onPostgres, "")
	s.want(t, "database", engine.CheckWrong, "log in to the Postgres server")
	if strings.Contains(s.checks["database"].Detail, "secret") {
		t.Errorf("the password is told: %s", s.checks["database"].Detail)
	}
	onPostgres.Database.Postgres = "env:GANTRY_NOT_SET_ANYWHERE"
	w.look(onPostgres, "").want(t, "database", engine.CheckWrong, "GANTRY_NOT_SET_ANYWHERE")
}

func TestOnPostgresTheDatabaseIsLookedForAndNotMade(t *testing.T) {
	t.Setenv("TEST_ADMIN_URL", postgres(t))
	onPostgres := config.Environment{Name: "dev", Database: config.Database{Postgres: "env:TEST_ADMIN_URL"}}
	w := newWorld(t, onPostgres)
	w.look(onPostgres, "").want(t, "database", engine.CheckLater, "the first migration makes")
	if log, err := w.migrate("TEST_SQL=CREATE TABLE orders (id INTEGER)"); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	w.look(onPostgres, "").want(t, "database", engine.CheckOK, "the server answers")
}

func TestWhoLooksForStubsStartsNoStore(t *testing.T) {
	state := t.TempDir()
	if _, err := Artifacts(state, WithLauncher(launch)).Look(context.Background(), "orders"); !errors.Is(err, engine.ErrNotYet) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(state); err != nil || len(left) > 0 {
		t.Errorf("in the state directory lie %v, %v", left, err)
	}
}
