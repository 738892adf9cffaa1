package host

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	oci "github.com/gantry-cd/gantry/engine/images/registry"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/control"
	"github.com/gantry-cd/gantry/environments/internal/database"
)

// What follows looks into a directory without a host, and changes nothing in it.

// Peek reads a directory's state: whether anything is to run there, and a slot's port.
func Peek(dir string) (State, error) { return readState(dir) }

// Peeker peeks again and again, and reads only what has changed: of hundreds of slots a state is long.
type Peeker struct {
	mu    sync.Mutex
	file  fs.FileInfo // as it was read; nil: not yet
	state State
}

// Peek is the same as the function Peek. Nobody may change what it answers.
func (p *Peeker) Peek(dir string) (State, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	file, err := os.Stat(filepath.Join(dir, StateName))
	if err == nil && p.file != nil && os.SameFile(file, p.file) && file.ModTime().Equal(p.file.ModTime()) && file.Size() == p.file.Size() {
		return p.state, nil
	}
	state, failed := Peek(dir)
	if p.file = nil; err == nil && failed == nil {
		p.file, p.state = file, state
	}
	return state, failed
}

// Files answers from the directory's registry while no host serves it.
func Files(dir string, s control.Secrets) http.RoundTripper {
	return oci.Files(registryDir(dir), oci.Login(s.Write), oci.Login(s.Read))
}

// SQLiteFile is where a slot's database lies, or would, where databases are files.
func SQLiteFile(dir string, slot promotion.Slot) string {
	state, _ := Peek(dir)
	return database.File(databases(dir, keyOf(slot), state.SharesData), keyOf(slot))
}

// PostgresNames are what a slot's things are called on a server.
func PostgresNames(environment string, slot promotion.Slot, s control.Secrets) database.Names {
	return database.NamesOf(environment, keyOf(slot), s.Identity)
}

func registryDir(dir string) string { return filepath.Join(dir, "registry") }

// databases is where a slot's database lies, where that is a file: with all others, or in a directory of its own.
func databases(dir, key string, shared bool) string {
	if shared {
		return filepath.Join(dir, "databases", key)
	}
	return filepath.Join(dir, "databases")
}

func (s *slot) databases() string {
	return databases(s.host.options.Dir, s.key, s.host.runtime.SharesData())
}

// Unused is what may go from the directory's registry.
func Unused(dir string, wanted func(digest string, tags []string) bool, before time.Time) ([]oci.Unused, error) {
	return oci.FindUnused(registryDir(dir), wanted, before)
}
