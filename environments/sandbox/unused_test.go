package sandbox

import (
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/retention"
)

func TestWhatRunsKeepsItsImageWhateverTheJournalSays(t *testing.T) {
	w := newWorld(t, config.Environment{})
	old := w.deploy("1.0.0")
	live := w.deploy("2.0.0")
	later := time.Now().Add(time.Hour)
	items, err := Unused(w.state, nil, later)
	if err != nil || len(items) != 1 || !strings.HasPrefix(items[0].Name, "dev: dev/orders") || !strings.Contains(items[0].Name, old.Short()) {
		t.Fatalf("what goes is %+v (%v), want the image that runs no more", items, err)
	}
	if kept, err := Unused(w.state, map[promotion.Digest]bool{old: true}, later); err != nil || len(kept) != 0 {
		t.Errorf("a wanted image goes: %+v, %v", kept, err)
	}
	if err := (retention.Plan{Items: items}).Remove(w.state); err != nil {
		t.Fatal(err)
	}
	repository, err := w.Repository(t.Context(), w.slot, "")
	if err != nil {
		t.Fatal(err)
	}
	for image, stays := range map[promotion.Digest]bool{old: false, live: true} {
		if whole, err := images.Whole(t.Context(), repository, image); err != nil || whole != stays {
			t.Errorf("%s is whole: %v, %v; want %v", image.Short(), whole, err, stays)
		}
	}
	w.killHost() // the next one needs nothing that is gone
	w.answers("2.0.0")
	again := w.deploy("1.0.0")
	if again != old {
		t.Errorf("the same image has become %s", again)
	}
	w.answers("1.0.0")
}
