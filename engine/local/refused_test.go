package local

import (
	"fmt"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/audit"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// refusedIn is what an audit tells of refusals, one a line.
func refusedIn(t *testing.T, e *Engine) []string {
	t.Helper()
	entries, err := e.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, entry := range entries {
		if entry.Refused {
			said = append(said, fmt.Sprintf("%s %s run %d %s%s: %s", entry.Who, entry.What, entry.Run, entry.Service, entry.Environment, entry.Result))
		}
	}
	return said
}

func TestWhoeverWasRefusedIsInTheAuditAndNoRunIsAnotherForIt(t *testing.T) {
	h := newHome(t)
	e := h.open()
	id := h.end(e, h.start(e, engine.StartRequest{})).ID
	before, err := e.Run(id)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	refusedWith(t, e.Command(ctx, promotion.Command{Run: id, Verb: promotion.VerbPause, Actor: "ada"}), "has ended")
	_, err = e.Rerun(ctx, engine.RerunRequest{Run: id, Actor: "ada", Reason: "again"})
	refusedWith(t, err, "files that are no commit")
	_, err = e.RollBack(ctx, engine.RollbackRequest{Service: "inventory", Environment: "qa", To: "9.9.9", Actor: "bob"})
	refusedWith(t, err, "9.9.9")
	_, err = e.CommandSlot(ctx, engine.SlotRequest{Verb: promotion.VerbRelease, Service: "inventory", Environment: "qa", Actor: "bob"})
	refusedWith(t, err, "not on hold")
	_, err = e.Start(ctx, engine.StartRequest{Service: "inventory", Plan: "0000", Actor: "bob"})
	if err == nil {
		t.Fatal("a plan that nobody made was started")
	}
	want := []string{
		"ada pause run 1 inventory: refused: run 1 has ended: succeeded",
		"ada rerun run 1 inventory: refused: run 1 was built from files that are no commit, and they are not kept",
		`bob rollback run 0 inventoryqa: refused: "9.9.9" is none of the last releases that were live in qa/inventory: see ` + "`gantry status` and `gantry runs`",
		"bob release run 0 inventoryqa: refused: qa/inventory is not on hold",
	}
	if got := refusedIn(t, e); !reflect.DeepEqual(got, want) {
		t.Errorf("the audit tells of\n%q\nwant\n%q", got, want)
	}
	after, err := e.Run(id)
	if err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("the run is another one now: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := journal.OpenReader(h.options().State)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, err := reader.Verify(ctx, journal.Anchor{}); err != nil {
		t.Errorf("the journal does not fit together: %v", err)
	}
}

func TestARefusalUsesNoIDUp(t *testing.T) {
	h := newHome(t)
	e := h.open()
	hold := engine.SlotRequest{ID: "c-1", Verb: promotion.VerbRelease, Service: "inventory", Environment: "qa", Actor: "ada"}
	_, err := e.CommandSlot(t.Context(), hold)
	refusedWith(t, err, "not on hold")
	if _, err := e.CommandSlot(t.Context(), engine.SlotRequest{Verb: promotion.VerbHold, Service: "inventory", Environment: "qa", Actor: "bob", Reason: "stocktaking"}); err != nil {
		t.Fatal(err)
	}
	if done, err := e.CommandSlot(t.Context(), hold); err != nil || len(done) != 1 {
		t.Fatalf("delivered again it released %v, %v", done, err)
	}
}

// Each time another engine is asked: what was refused before is known from the journal alone.
func TestAScriptThatTriesAgainAndAgainFillsNoJournal(t *testing.T) {
	h := newHome(t)
	var since atomic.Int64 // noon, in nanoseconds
	pass := func(d time.Duration) { since.Add(int64(d)) }
	try := func(n int) int {
		t.Helper()
		o := h.options()
		o.Now = func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(since.Load())) }
		e, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		for range n {
			pass(time.Second)
			refusedWith(t, e.Command(t.Context(), promotion.Command{Run: 42, Verb: promotion.VerbApprove, Environment: "prod", Actor: "script"}), "there is no run 42")
		}
		return len(refusedIn(t, e))
	}
	for range 3 {
		if told := try(20); told != 1 {
			t.Fatalf("within a minute it is told %d times", told)
		}
	}
	pass(time.Hour)
	if told := try(20); told != 2 {
		t.Errorf("an hour later it is told %d times, want once more", told)
	}
}

func TestWhatAnEngineWasNotLeftForIsInItsAudit(t *testing.T) {
	h := newHome(t)
	e := h.open()
	why := &promotion.Refusal{Verb: audit.Collect, Why: "run 7 is under way"}
	for range 3 {
		refusedWith(t, e.Refuse(promotion.Command{Verb: audit.Collect, Actor: "ada"}, why), "run 7 is under way")
	}
	if got, want := refusedIn(t, e), []string{"ada gc run 0 : refused: run 7 is under way"}; !reflect.DeepEqual(got, want) {
		t.Errorf("the audit tells of\n%q\nwant\n%q", got, want)
	}
}
