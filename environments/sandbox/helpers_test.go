package sandbox

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func withEntrypoint(t *testing.T, program string) v1.Image {
	t.Helper()
	image, err := mutate.Config(assemble(t, "#!/bin/sh\n", "1.0.0"), v1.Config{Entrypoint: []string{program}})
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// trigger is a log that ends a context when a word shows in it.
type trigger struct {
	word   string
	cancel context.CancelFunc
	mu     sync.Mutex
	text   strings.Builder
}

func withCancelOn(t *testing.T, word string) (context.Context, *trigger) {
	ctx, cancel := context.WithCancel(t.Context())
	return ctx, &trigger{word: word, cancel: cancel}
}

func (l *trigger) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	if strings.Contains(l.text.String(), l.word) {
		l.cancel()
	}
	return len(p), nil
}

func (l *trigger) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// environ is all that the deployed service sees.
func (w *world) environ() map[string]string {
	w.t.Helper()
	_, body := w.get("/environ")
	var list []string
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		w.t.Fatalf("%v in %q", err, body)
	}
	seen := map[string]string{}
	for _, v := range list {
		name, value, _ := strings.Cut(v, "=")
		seen[name] = value
	}
	return seen
}

func (w *world) migrate(variables ...string) (string, error) {
	w.t.Helper()
	image := w.image("migration", "1.0.0", variables...)
	var log strings.Builder
	err := w.Migrate(w.t.Context(), engine.Migration{Slot: w.slot, Image: image, Attempt: "1/dev/migrate/1"}, &log)
	return log.String(), err
}

// slotOf is the same service in another environment.
func (w *world) slotOf(environment string) promotion.Slot {
	slot := w.slot
	slot.Environment = environment
	return slot
}
