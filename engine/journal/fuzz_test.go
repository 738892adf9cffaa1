package journal

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// FuzzEvents decodes any lines as events, and folds those that are some: whatever stands in a journal is understood or
// refused.
func FuzzEvents(f *testing.F) {
	plan := &promotion.Plan{Kind: promotion.Promotion, Service: "orders", Columns: []promotion.Column{
		{Name: promotion.BuildColumn, Stages: []promotion.Stage{{ID: "build/build", Kind: promotion.KindBuild}}},
		{Name: "dev", Stages: []promotion.Stage{{ID: "dev/migrate", Kind: promotion.KindMigrate}, {ID: "dev/deploy", Kind: promotion.KindDeploy}}},
	}}
	slot := promotion.Slot{Environment: "dev", Service: "orders"}
	history := []promotion.Event{
		{Seq: 1, Run: 1, Type: promotion.RunStarted, At: noon, Plan: plan},
		{Seq: 2, Run: 1, Type: promotion.StageStarted, Stage: "build/build", Attempt: 1, At: noon},
		{Seq: 3, Run: 1, Type: promotion.StageSucceeded, Stage: "build/build", Attempt: 1, At: noon, Result: &promotion.Result{Release: &promotion.Release{Image: "sha256:1"}}},
		{Seq: 4, Run: 1, Type: promotion.EnvironmentEntered, Environment: "dev", At: noon},
		{Seq: 5, Run: 1, Type: promotion.Deployed, Environment: "dev", At: noon, Deployment: &promotion.Deployment{Run: 1}},
		{Seq: 6, Run: 1, Type: promotion.EnvironmentPassed, Environment: "dev", At: noon},
		{Seq: 7, Type: promotion.SlotHeld, Slot: &slot, Actor: "ada", Reason: "look", At: noon},
		finished(1, promotion.Succeeded),
	}
	var lines bytes.Buffer
	for _, e := range history {
		if err := json.NewEncoder(&lines).Encode(e); err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(lines.Bytes()))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		ledger, summaries := promotion.NewLedger(), map[promotion.RunID]Summary{}
		for line := range bytes.Lines(text) {
			e, err := decode(line)
			if err != nil || promotion.Check(e) != nil {
				continue
			}
			ledger.Apply(e)
			summaries[e.Run] = summaries[e.Run].after(e)
			promotion.Next(ledger.Run(e.Run), noon)
		}
		if state, err := ledger.Checkpoint(); err == nil && promotion.CanRestore(state) {
			_, _ = promotion.Restore(state, func(id promotion.RunID, _ int64) (promotion.Run, error) { return ledger.Run(id), nil }, inTurn)
		}
	})
}

// FuzzFile reads a journal of which some bytes were changed: it is read, or refused with a sentence; and what Verify finds
// whole has the events that were written.
func FuzzFile(f *testing.F) {
	dir := f.TempDir()
	j, err := Open(dir, clock)
	if err != nil {
		f.Fatal(err)
	}
	appendAll(f, j, start(1, "orders"), started(1, "build/build"), finished(1, promotion.Succeeded), start(2, "inventory"))
	end, err := j.Verify(f.Context(), Anchor{})
	if err != nil {
		f.Fatal(err)
	}
	if err := j.Close(); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, File))
	if err != nil {
		f.Fatal(err)
	}
	for _, at := range []uint{0, 18, 28, 100, 4096, 8192, uint(len(whole) - 40)} {
		f.Add(at, []byte{0xff})
		f.Add(at, []byte("\x00\x01\x02\x03"))
	}
	f.Fuzz(func(t *testing.T, at uint, bytes []byte) {
		damaged := append([]byte(nil), whole...)
		copy(damaged[at%uint(len(damaged)):], bytes)
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, File), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		reader, err := OpenReader(dir)
		if err != nil {
			return
		}
		defer reader.Close()
		_ = reader.All(t.Context(), func(promotion.Event) error { return nil })
		_, _ = reader.Runs(t.Context(), Filter{})
		if found, err := reader.Verify(t.Context(), end); err == nil && found != end {
			t.Fatalf("it ends with %s instead of %s, and is said to be whole", found, end)
		}
	})
}

// inTurn does several things one after the other.
func inTurn(all ...func()) {
	for _, do := range all {
		do()
	}
}
