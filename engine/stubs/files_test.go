package stubs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gantry-cd/gantry/engine/stubs"
	"github.com/gantry-cd/gantry/engine/stubs/storetest"
)

// drawer is a place in memory that knows versions.
type drawer struct {
	mu     sync.Mutex
	files  map[string]string
	before func(path string) // a write
	after  func(path string) error
}

func newDrawer(*testing.T) *drawer { return &drawer{files: map[string]string{}} }

func (d *drawer) Read(_ context.Context, path string) ([]byte, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	content, there := d.files[path]
	if !there {
		return nil, "", stubs.ErrNone
	}
	return []byte(content), content, nil
}

func (d *drawer) Write(_ context.Context, path string, content []byte, version string) error {
	if d.before != nil {
		d.before(path)
	}
	d.mu.Lock()
	if d.files[path] != version {
		d.mu.Unlock()
		return stubs.ErrMoved
	}
	d.files[path] = string(content)
	d.mu.Unlock()
	if d.after != nil {
		return d.after(path)
	}
	return nil
}

func TestTheStoreInFiles(t *testing.T) {
	storetest.Run(t, newDrawer, func(_ *testing.T, d *drawer) stubs.Store { return stubs.NewFileStore(d) })
}

// Between the look at a channel and the write somebody else moves it: their update is not lost, and ours is told.
func TestWhoWasSlowerOverwritesNobody(t *testing.T) {
	d := newDrawer(t)
	store, quicker := stubs.NewFileStore(d), stubs.NewFileStore(d)
	first, second, third := storetest.Put(t, store, "1.0.0"), storetest.Put(t, store, "1.1.0"), storetest.Put(t, store, "1.2.0")
	for _, from := range []string{"none", "one"} {
		if from == "one" {
			if err := store.Tag(t.Context(), "inventory", first, "qa"); err != nil {
				t.Fatal(err)
			}
		}
		d.before = func(string) {
			d.before = nil
			if err := quicker.Tag(t.Context(), "inventory", second, "qa"); err != nil {
				t.Error(err)
			}
		}
		err := store.Tag(t.Context(), "inventory", third, "qa")
		if !errors.Is(err, stubs.ErrMoved) || !strings.Contains(err.Error(), "retry if it should be this one") {
			t.Errorf("from %s: got %v", from, err)
		}
		storetest.Points(t, store, "qa", second)
	}
	d.before = func(string) {
		d.before = nil
		if err := quicker.Tag(t.Context(), "inventory", third, "qa"); err != nil {
			t.Error(err)
		}
	}
	if err := store.Untag(t.Context(), "inventory", "qa"); !errors.Is(err, stubs.ErrMoved) {
		t.Errorf("a channel was emptied that somebody else had just moved: %v", err)
	}
	storetest.Points(t, store, "qa", third)
}

// A write of which the answer is lost is sent again, and refused because of itself.
func TestAnAnswerThatGetsLostIsNoRace(t *testing.T) {
	d := newDrawer(t)
	store := stubs.NewFileStore(d)
	d.after = func(string) error { return stubs.ErrMoved }
	digest := storetest.Put(t, store, "1.0.0")
	if err := store.Tag(t.Context(), "inventory", digest, "qa"); err != nil {
		t.Error(err)
	}
	storetest.Points(t, store, "qa", digest)
}

func TestAChannelThatWasChangedByHandIsNoEmptyOne(t *testing.T) {
	d := newDrawer(t)
	store := stubs.NewFileStore(d)
	for _, text := range []string{"", "{", `{"service": "inventory", "channel": "qa", "digest": "latest"}`, `{"service": "orders", "channel": "qa", "digest": ""}`, `{"service": "inventory", "channel": "prod", "digest": ""}`} {
		d.files["inventory/qa/channel.json"] = text
		if _, err := store.Resolve(t.Context(), "inventory", "qa"); err == nil || errors.Is(err, stubs.ErrNone) {
			t.Errorf("%s: %v", text, err)
		}
		if err := store.Untag(t.Context(), "inventory", "qa"); err == nil {
			t.Errorf("%s: it is written over", text)
		}
	}
}

func TestABundleThatIsNotWhatItsDigestSaysIsRefused(t *testing.T) {
	d := newDrawer(t)
	store := stubs.NewFileStore(d)
	digest := storetest.Put(t, store, "1.0.0")
	for path, content := range d.files {
		d.files[path] = content[:len(content)-1]
	}
	if _, err := store.Get(t.Context(), "inventory", digest); err == nil || errors.Is(err, stubs.ErrNone) || !strings.Contains(err.Error(), "bytes that came are sha256:") {
		t.Errorf("get: %v", err)
	}
	if err := store.Tag(t.Context(), "inventory", digest, "qa"); err == nil || errors.Is(err, stubs.ErrNone) {
		t.Errorf("tag: %v", err)
	}
	d.after = func(string) error { return fmt.Errorf("the place is full") }
	if _, err := store.Put(t.Context(), "inventory", storetest.Bundle("inventory", "2.0.0")); err == nil || !strings.Contains(err.Error(), "publish inventory-2.0.0-stubs.tar.gz: the place is full") {
		t.Errorf("put: %v", err)
	}
}
