package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
)

// File is where, in the state directory, is kept up to which event each target was told.
const File = "notified.json"

// cursors remember up to which event each target was told.
type cursors struct {
	mu   sync.Mutex
	path string
	told map[string]int64
}

// openCursors reads them. With an error they are as new: every target is told of what comes from now on.
func openCursors(dir string) (*cursors, error) {
	c := &cursors{path: filepath.Join(dir, File), told: map[string]int64{}}
	text, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &c.told)
	}
	if err == nil && c.told == nil {
		err = errors.New("it is empty")
	}
	if err != nil {
		c.told = map[string]int64{}
		return c, fmt.Errorf("read who was notified of what: %s: %w: what happened since then is not told", c.path, err)
	}
	return c, nil
}

// begin is where a target is to go on; one that is new begins at head.
func (c *cursors) begin(name string, head int64) (int64, error) {
	c.mu.Lock()
	at, known := c.told[name]
	c.mu.Unlock()
	if known {
		return at, nil
	}
	return head, c.set(name, head)
}

// set remembers that a target was told everything up to an event.
func (c *cursors) set(name string, seq int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told[name] = seq
	return c.write()
}

// forget drops every target that is not among the names.
func (c *cursors) forget(keep func(name string) bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.told)
	maps.DeleteFunc(c.told, func(name string, _ int64) bool { return !keep(name) })
	if len(c.told) == before {
		return nil
	}
	return c.write()
}

// write replaces the file as a whole: a crash leaves the one or the other.
func (c *cursors) write() error {
	text, err := json.Marshal(c.told)
	if err == nil {
		err = os.WriteFile(c.path+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(c.path+".new", c.path)
	}
	if err != nil {
		return fmt.Errorf("remember who was notified of what: %w: after a restart it may be told again", err)
	}
	return nil
}
