package stages

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// has tells whether an environment's own repository has an image.
func (w *world) has(environment, what string, digest promotion.Digest) bool {
	w.t.Helper()
	in, err := w.places[environment].Repository(w.t.Context(), promotion.Slot{Service: "items"}, what)
	if err != nil {
		w.t.Fatal(err)
	}
	found, err := images.Exists(w.t.Context(), in, digest)
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func TestWhatWasBuiltTravelsByDigestAlone(t *testing.T) {
	w := newWorld(t)
	w.build("true", "true")
	built := w.run.Release
	w.must("dev/push")
	for what, digest := range map[string]promotion.Digest{"": built.Image, "migration": built.Migration, "verification": built.Verification} {
		if digest == "" || !w.has("dev", what, digest) || w.has("qa", what, digest) {
			t.Errorf("after the push %q %s is in dev: %v, in qa: %v", what, digest.Short(), w.has("dev", what, digest), w.has("qa", what, digest))
		}
	}
	w.must("qa/copy")
	if !w.has("qa", "", built.Image) || !w.has("qa", "migration", built.Migration) || !w.has("qa", "verification", built.Verification) {
		t.Error("the copy brought not everything")
	}
	if w.run.Release.Image != built.Image {
		t.Errorf("the release became %s on its way", w.run.Release.Image)
	}
}

// scanning is a place whose registry looks for weaknesses.
type scanning struct {
	*place
	found error
	asked []string
}

func (s *scanning) Scan(_ context.Context, _ promotion.Slot, what string, _ promotion.Digest, log io.Writer) error {
	s.asked = append(s.asked, what)
	_, err := io.WriteString(log, "looked\n")
	return errors.Join(err, s.found)
}

func TestWhatARegistryFindsEndsTheCopy(t *testing.T) {
	w := newWorld(t)
	w.build("true", "true")
	w.must("dev/push")
	s := &scanning{place: w.places["qa"], found: &engine.Verdict{Why: "items: 1 critical"}}
	w.scanner = s
	result, err := w.execute("qa/copy")
	if _, bad := errors.AsType[*engine.Verdict](err); !bad || result.Cause != "items: 1 critical" {
		t.Errorf("the copy ended with %+v, %v", result, err)
	}
	if len(s.asked) != 1 {
		t.Errorf("it was asked about %q after the first was bad", s.asked)
	}
	s.found, s.asked = nil, nil
	w.must("qa/copy")
	if len(s.asked) != 3 {
		t.Errorf("it was asked about %q", s.asked)
	}
}

func TestTheSameSourceBuildsTheSameImages(t *testing.T) {
	w := newWorld(t)
	w.build("true", "true")
	first := w.run.Release
	w.build("true", "true")
	if second := w.run.Release; second.Image != first.Image || second.Migration != first.Migration || second.Verification != first.Verification {
		t.Errorf("built %+v, then %+v", first, second)
	}
}

func TestARegistryThatRefusesIsNoVerdictAndIsNamed(t *testing.T) {
	w := newWorld(t)
	w.build("true", "true")
	w.must("dev/push")
	for _, p := range w.places {
		p.password = "guessed"
	}
	_, err := w.execute("qa/copy")
	wantError(t, err, "copy the application image from", strings.TrimPrefix(w.places["qa"].registry.URL, "http://")+"/qa/items")
	w.run.Release.Version = "1.2.0" // a tag that is not there yet
	_, err = w.execute("dev/push")
	wantError(t, err, "push the application image to", "/dev/items")
	if strings.Contains(w.text()+err.Error(), "guessed") {
		t.Errorf("the password is told: %v\n%s", err, w.text())
	}
}

// What an earlier stage left has been cleaned up meanwhile: no retry brings it back, and the way out is named.
func TestScenarioRetryAfterAnUpstreamOutputExpired(t *testing.T) {
	t.Run("of the build", func(t *testing.T) {
		w := newWorld(t)
		w.build("true", "true")
		if err := os.RemoveAll(w.job("dev/push", 1).Work.Images()); err != nil {
			t.Fatal(err)
		}
		_, err := Execute(t.Context(), w.job("dev/push", 2))
		wantError(t, err, "the application image that the build made is gone", "rerun it from the build with `gantry rerun 1`")
	})
	t.Run("of the environment before", func(t *testing.T) {
		w := newWorld(t)
		w.build("true", "true")
		w.must("dev/push")
		w.places["dev"] = newPlace(t, "dev") // its registry has kept nothing
		_, err := Execute(t.Context(), w.job("qa/copy", 2))
		wantError(t, err, "the application image "+w.run.Release.Image.Short()+" is not in", "rerun it from the build with `gantry rerun 1`")
	})
	t.Run("though the environment has it already", func(t *testing.T) {
		w := newWorld(t)
		w.build("true", "true")
		w.must("dev/push", "qa/copy")
		w.places["dev"] = newPlace(t, "dev")
		if _, err := Execute(t.Context(), w.job("qa/copy", 2)); err != nil {
			t.Errorf("nothing was needed, and yet: %v", err)
		}
	})
}
