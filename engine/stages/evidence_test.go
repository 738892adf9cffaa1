package stages

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// witness is an environment that knows what happened.
type witness struct{ engine.Environment }

func (witness) Evidence(context.Context, promotion.Slot, time.Time) (engine.Evidence, error) {
	return engine.Evidence{
		Live:   "1.1.0 is live and unhealthy",
		Events: []string{"started 1.1.0", "1.1.0 does not answer"},
		Logs:   []engine.EvidenceFile{{Name: "service.log", Text: "panic: no such table\n"}},
	}, nil
}

// notes is a log that only writes.
type notes struct {
	Log
	text *strings.Builder
}

func (n notes) Writer(step string) io.WriteCloser { return note{n.text, step} }

type note struct {
	*strings.Builder
	step string
}

func (n note) Write(p []byte) (int, error) { return n.WriteString(n.step + "> " + string(p)) }
func (note) Close() error                  { return nil }

func TestEvidenceIsInTheLogForThoseWithoutAConsole(t *testing.T) {
	log := notes{text: &strings.Builder{}}
	_, err := evidence(t.Context(), &Job{
		Stage: promotion.Stage{ID: "dev/evidence"}, Log: log, Work: Workspace{Dir: t.TempDir()},
		Environments: func(string) (engine.Environment, error) { return witness{}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"1.1.0 is live and unhealthy", "events> started 1.1.0\n1.1.0 does not answer", "service.log> panic: no such table"} {
		if !strings.Contains(log.text.String(), said) {
			t.Errorf("nothing says %q:\n%s", said, log.text)
		}
	}
}
