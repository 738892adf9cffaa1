package commandline

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/retention"
)

// collecting gives `gantry gc` where so much may go.
func collecting(t *testing.T, plan retention.Plan, failure error, args ...string) (code int, removed bool, out, errs string) {
	t.Helper()
	w := Wiring{Collect: func(_ context.Context, _ Files, remove bool, show func(retention.Plan) error) (retention.Plan, error) {
		if err := show(plan); err != nil {
			return plan, err
		}
		removed = remove
		return plan, failure
	}}
	var said, complained bytes.Buffer
	code = Main(t.Context(), w, append([]string{"gc"}, args...), strings.NewReader(""), &said, &complained)
	return code, removed, said.String(), complained.String()
}

func TestAPreviewOfACollectionIsNamedAndNothingElseIsRemoved(t *testing.T) {
	plan := retention.Plan{Items: []retention.Item{{Kind: "run", Name: "run 1 of orders", Bytes: 3 << 20}, {Kind: "image", Name: "qa: orders", Bytes: 512}}}
	code, removed, out, _ := collecting(t, plan, nil)
	for _, words := range []string{"3.0 MiB", "run 1 of orders", "512 B", "--plan " + plan.Hash()} {
		if code != Done || removed || !strings.Contains(out, words) {
			t.Errorf("exit code %d, removed %v, and nothing says %q: %s", code, removed, words, out)
		}
	}
	if code, removed, _, errs := collecting(t, plan, nil, "--yes", "--plan", "another"); code != Usage || removed || !strings.Contains(errs, "nothing was removed") {
		t.Errorf("another plan: exit code %d, removed %v: %s", code, removed, errs)
	}
	if code, removed, out, _ := collecting(t, plan, nil, "--yes", "--plan", plan.Hash()); code != Done || !removed || !strings.Contains(out, "removed: 3.0 MiB") {
		t.Errorf("exit code %d, removed %v: %s", code, removed, out)
	}
	if code, _, out, errs := collecting(t, plan, errors.New("remove it: no"), "--yes"); code != Failed || strings.Contains(out, "removed:") || !strings.Contains(errs, "remove it: no") {
		t.Errorf("what cannot be removed: exit code %d: %s%s", code, out, errs)
	}
}

// counter counts what a terminal would take a system call each for.
type counter struct{ writes, bytes int }

func (c *counter) Write(p []byte) (int, error) {
	c.writes++
	c.bytes += len(p)
	return len(p), nil
}

func TestAnyNumberOfThingsToCollectIsListedInFewWrites(t *testing.T) {
	var plan retention.Plan
	for range 10_000 {
		plan.Items = append(plan.Items, retention.Item{Kind: "run", Name: "run 1 of orders", Bytes: 3 << 20})
	}
	var out counter
	if err := (gcCmd{}).show(&out, plan); err != nil || out.bytes < 200_000 || out.writes > 20 {
		t.Errorf("%d bytes in %d writes: %v", out.bytes, out.writes, err)
	}
}
