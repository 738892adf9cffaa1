package plain

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// counter counts what a terminal would take a system call each for.
type counter struct{ writes, bytes int }

func (c *counter) Write(p []byte) (int, error) {
	c.writes++
	c.bytes += len(p)
	return len(p), nil
}

// full is a disk, or a pipe, that takes nothing any more.
type full struct{}

var errFull = errors.New("no space left on device")

func (full) Write([]byte) (int, error) { return 0, errFull }

// many are ten thousand of something.
func many[T any](one T) []T {
	all := make([]T, 10_000)
	for i := range all {
		all[i] = one
	}
	return all
}

func TestAListOfAnyLengthIsWrittenInFewWritesAndAFailureIsTold(t *testing.T) {
	s := situation.DevMovedOn()
	now, run := s.Now, s.Run(42)
	state := engine.Status{Slot: promotion.Slot{Environment: "qa", Service: "orders"}}
	figures := engine.Numbers{Last: "prod", Services: many(engine.ServiceNumber{Service: "orders", Stages: []engine.Figure{{Name: "qa/e2e", N: 3}}})}
	for name, write := range map[string]func(io.Writer) error{
		"runs":        func(w io.Writer) error { return Runs(w, many(run), Plain, now) },
		"runs, said":  func(w io.Writer) error { return SayRuns(w, many(run), now) },
		"runs, JSON":  func(w io.Writer) error { return Runs(w, many(run)[:100], JSON, now) },
		"state":       func(w io.Writer) error { return Status(w, many(state), Plain) },
		"state, said": func(w io.Writer) error { return SayStatus(w, many(state)) },
		"audit":       func(w io.Writer) error { return Audit(w, many(engine.AuditEntry{Who: "ada", At: now}), Plain) },
		"a run": func(w io.Writer) error {
			return Show(w, promotion.Run{ID: 1, Columns: many(run.Columns[0])}, engine.Changes{}, Plain, now)
		},
		"numbers": func(w io.Writer) error { return Numbers(w, figures, Plain) },
	} {
		var out counter
		if err := write(&out); err != nil || out.bytes < 10_000 || out.writes > 1+out.bytes/(atOnce/2) {
			t.Errorf("%s: %d bytes in %d writes: %v", name, out.bytes, out.writes, err)
		}
		if err := write(full{}); !errors.Is(err, errFull) {
			t.Errorf("%s: on a full disk it says %v", name, err)
		}
	}
}

func TestAPreviewIsWrittenAtOnce(t *testing.T) {
	var out counter
	Preview(&out, engine.RollbackPreview{From: &promotion.Deployment{Since: time.Unix(0, 0)}, Notes: many("kept")})
	if out.writes > 1+out.bytes/(atOnce/2) {
		t.Errorf("%d bytes in %d writes", out.bytes, out.writes)
	}
}

func TestARowThatATerminalWouldBreakIsCutAtItsEdge(t *testing.T) {
	var got bytes.Buffer
	c := &cutting{to: &got, width: 10}
	for _, piece := range []string{"short\nexactly te", "n\nlonger ", "than ten cells\n", "zehn Grüße ✓\n"} {
		if n, err := c.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	if want := "short\nexactly t…\nlonger th…\nzehn Grüß…\n"; got.String() != want {
		t.Errorf("%q, want %q", got.String(), want)
	}
	if _, err := (&cutting{to: full{}, width: 10}).Write([]byte("a row\n")); !errors.Is(err, errFull) {
		t.Errorf("a disk that is full: %v", err)
	}
}
