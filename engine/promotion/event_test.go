package promotion

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestEveryEventReadsBackFromJSONAsItWasWritten(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	plan := planOf("orders", "1.1.0")
	plan.column("qa").OnFailure, plan.column("qa").HoldFor = "hold", Duration(90*time.Second)
	plan.stage("build/build").Deadline = Duration(4*time.Minute + 12*time.Second)
	id := w.begin(plan, "ada")
	_ = w.send(Command{Run: id, Verb: VerbReportStep, Stage: "build/build", Attempt: 1, Step: &Step{Name: "unit", State: StateRunning, Started: w.now}})
	w.fails(id, "qa/e2e")
	w.through(w.begin(planOf("orders", "1.2.0"), "gantry"))
	w.mustAsk(id, VerbRollBack)
	w.revert(id)
	folded := NewLedger()
	for _, e := range w.journal {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var read Event
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !reflect.DeepEqual(read, e) {
			t.Errorf("%s reads back as %+v", text, read)
		}
		folded.Apply(read)
	}
	if !same(folded, w.ledger) {
		t.Error("what was read back folds to another state")
	}
}

func TestADurationReadsAsPeopleWriteIt(t *testing.T) {
	var d Duration
	if err := d.UnmarshalText([]byte("10m")); err != nil || time.Duration(d) != 10*time.Minute {
		t.Errorf("%v, %v", d, err)
	}
	if err := d.UnmarshalText([]byte("ten minutes")); err == nil || !strings.Contains(err.Error(), `"90s" or "10m"`) {
		t.Errorf("%v does not say how to write it", err)
	}
}

func TestAnEventOfANewerGantryIsAnErrorNotAPanic(t *testing.T) {
	e := Event{Seq: 7, Run: 3, Type: "run.teleported"}
	if err := Check(e); err == nil || !strings.Contains(err.Error(), "run.teleported") || !strings.Contains(err.Error(), "newer") {
		t.Errorf("%v", err)
	}
	w := newWorld(t)
	before := w.ledger.Run(w.promoted("1.0.0"))
	after := Apply(before, e)
	if before.Seq = e.Seq; !reflect.DeepEqual(before, after) {
		t.Error("it changed more than the sequence number")
	}
}

func TestADriverThatAsksForNonsenseIsRefused(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	id := w.begin(planOf("orders", "1.1.0"), "gantry")
	refused(t, w, Command{Run: id, Verb: "dance"}, `unknown command "dance"`, "")
	refused(t, w, Command{Run: id, Verb: VerbShut, Environment: "dev"}, "needs a reason", "")
	refused(t, w, Command{Run: id, Verb: VerbReportStep, Stage: "build/build", Attempt: 1}, "needs the step", "")
	refused(t, w, Command{Run: id, Verb: VerbLinkRollback, Environment: "dev", Linked: 9}, "rolls nothing back", "")
	w.fails(id, "dev/acceptance")
	linked := w.ledger.Run(id).Rollbacks[0].Run
	refused(t, w, Command{Run: id, Verb: VerbLinkRollback, Environment: "dev", Linked: 9}, "already", "")
	refused(t, w, Command{Run: id, Verb: VerbEndRollback, Environment: "dev", Linked: 9, Outcome: RolledBack}, "not the rollback of dev", "")
	refused(t, w, Command{Run: id, Verb: VerbEndRollback, Environment: "dev", Linked: linked}, "not the rollback of dev", "")
}

func TestNamesReadAsPeopleCallThem(t *testing.T) {
	r := Release{Version: "1.8.0", Commit: "3f9c1e2aa", Dirty: "x", Image: digest("orders")}
	if r.Name() != "1.8.0 3f9c1e2+dirty" || len(r.Image.Short()) != 7 || Digest("").Short() != "—" {
		t.Errorf("%q, %q", r.Name(), r.Image.Short())
	}
	if s := planOf("orders", "").Slot("dev").String() + ", " + planOf("orders", "").Slot("qa").String(); s != "dev/orders (checkout), qa/orders" {
		t.Error(s)
	}
}
