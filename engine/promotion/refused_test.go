package promotion

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

// refusals records refusals one after the other, as a driver does.
type refusals struct {
	t    *testing.T
	now  time.Time
	told []Event
}

func (r *refusals) ask(c Command, why string) bool {
	e, told := (&Refusal{Verb: c.Verb, Why: why}).Record(c, r.told, r.now)
	if told {
		r.told = append(r.told, e)
	}
	return told
}

func TestTheSameRefusalIsRecordedOnceInAnHour(t *testing.T) {
	r := &refusals{t: t, now: noon}
	approve := Command{ID: "c-1", Run: 7, Verb: VerbApprove, Actor: "ada", Environment: "prod", Reason: "it is good"}
	if !r.ask(approve, "she started it") {
		t.Fatal("the first is not recorded")
	}
	got := r.told[0]
	if got.Run != 0 || got.Command != "" || got.Refused.Run != 7 || got.Refused.Command != "c-1" || got.Reason != "it is good" || got.OfRun() || Check(got) != nil {
		t.Errorf("it is recorded as %+v", got)
	}
	for i := range 3600 {
		r.now = noon.Add(time.Duration(i) * time.Second)
		again := approve
		again.ID, again.Reason = fmt.Sprint("c-", i+2), fmt.Sprint("try ", i)
		if r.ask(again, "she started it") {
			t.Fatalf("it is recorded again after %s", r.now.Sub(noon))
		}
	}
	slot := Slot{Environment: "prod", Service: "orders"}
	for name, other := range map[string]func(*Command) string{
		"another run":         func(c *Command) string { c.Run = 8; return "she started it" },
		"another environment": func(c *Command) string { c.Environment = "qa"; return "she started it" },
		"another person":      func(c *Command) string { c.Actor = "bob"; return "she started it" },
		"another verb":        func(c *Command) string { c.Verb = VerbReject; return "she started it" },
		"a slot":              func(c *Command) string { c.Slot = &slot; return "she started it" },
		"another reason":      func(*Command) string { return "the run has ended" },
	} {
		c := approve
		if why := other(&c); !r.ask(c, why) {
			t.Errorf("%s is not recorded", name)
		}
		same := slot
		if c.Slot != nil {
			c.Slot = &same
		}
		if r.ask(c, other(&c)) {
			t.Errorf("%s is recorded twice", name)
		}
	}
	r.now = noon.Add(time.Hour)
	if !r.ask(approve, "she started it") {
		t.Error("after an hour it is not recorded again")
	}
}

func TestOnePersonCannotFillTheJournalWithRefusals(t *testing.T) {
	r := &refusals{t: t, now: noon}
	recorded := 0
	for run := range RunID(1000) {
		if r.ask(Command{Run: run + 1, Verb: VerbRetry, Actor: "script", Stage: "qa/e2e"}, "there is no such run") {
			recorded++
		}
	}
	if recorded != refusalsOfOne {
		t.Errorf("%d are recorded, want %d", recorded, refusalsOfOne)
	}
	if !r.ask(Command{Run: 1, Verb: VerbRetry, Actor: "ada", Stage: "qa/e2e"}, "there is no such run") {
		t.Error("what another person is refused is not recorded any more")
	}
	r.now = noon.Add(RefusalsWithin)
	if !r.ask(Command{Run: 5000, Verb: VerbRetry, Actor: "script", Stage: "qa/e2e"}, "there is no such run") {
		t.Error("an hour later nothing is recorded either")
	}
}

func TestWhatGantryItselfIsRefusedIsNoPersonsDoing(t *testing.T) {
	for _, who := range []string{"gantry", "merge", ""} {
		if _, told := (&Refusal{Why: "late"}).Record(Command{Verb: VerbReportSuccess, Actor: who}, nil, noon); told {
			t.Errorf("a refusal of %q is recorded", who)
		}
	}
}

func TestARefusalLeavesEveryRunAndSlotAsItWas(t *testing.T) {
	w := newWorld(t)
	id := w.promoted("1.0.0")
	before, slots := w.ledger.Run(id), len(w.ledger.Slots())
	e, _ := (&Refusal{Why: "no"}).Record(Command{Run: id, Verb: VerbPause, Actor: "ada", Slot: &Slot{Environment: "nowhere", Service: "orders"}}, nil, w.now)
	e.Seq = w.ledger.Seq() + 1
	w.ledger.Apply(e)
	if !reflect.DeepEqual(before, w.ledger.Run(id)) || len(w.ledger.Slots()) != slots || w.ledger.Seq() != e.Seq {
		t.Error("it changed something")
	}
}
