package promotion

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// tries lets rapid try so many histories: its share of GANTRY_HISTORIES, or of a few hundred.
func tries(t *testing.T, percent int) {
	total := 400
	if text := os.Getenv("GANTRY_HISTORIES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("GANTRY_HISTORIES=%q: a number of histories is needed", text)
		}
		total = n
	}
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	if err := checks.Value.Set(strconv.Itoa(max(1, total*percent/100))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = checks.Value.Set(before) })
}

// history is a random one: services, teams, people, platforms and crashes.
type history struct {
	*world
	r        *rapid.T
	commands int
	versions int
}

func TestNoHistoryBreaksAnInvariant(t *testing.T) {
	tries(t, 100)
	histories, events, outcomes, types := 0, 0, map[Outcome]int{}, map[EventType]int{}
	rapid.Check(t, func(r *rapid.T) {
		h := &history{world: newWorld(r), r: r}
		attend(h.world)
		for range rapid.IntRange(5, 60).Draw(r, "steps") {
			h.step()
			if h.dead {
				h.reopen()
			}
		}
		h.dies = 0
		h.reopen()
		h.everythingEnds()
		h.journalIsTrue()
		histories, events = histories+1, events+len(h.journal)
		for _, e := range h.journal {
			types[e.Type]++
		}
		for _, run := range h.ledger.Runs() {
			outcomes[run.Outcome]++
		}
	})
	t.Logf("%d histories of %d events; runs by their outcome: %v", histories, events, outcomes)
	for _, outcome := range []Outcome{Succeeded, Failed, RolledBack, RollbackFailed, Aborted, Superseded, LeftAlone, Rejected, Removed} {
		if histories > 200 && outcomes[outcome] == 0 {
			t.Errorf("no run ended %q: the histories prove nothing about it", outcome)
		}
	}
	for _, kind := range []EventType{
		GateShut, GateOverridden, StageReopened, StageOverridden, RunExtended, ReleaseApproved, ReleaseRejected,
		SlotHeld, SlotReleased, ReleaseVetoed, ReleaseAllowed, RunHeld, RunReverted, StageInterrupted,
	} {
		if histories >= 5000 && types[kind] == 0 {
			t.Errorf("%s never happened: the histories prove nothing about it", kind)
		}
	}
}

func (h *history) pick(n int, what string) int { return rapid.IntRange(0, n-1).Draw(h.r, what) }

func (h *history) step() {
	switch what := h.pick(100, "what happens"); {
	case what < 15:
		h.begin(h.plan(), "ada")
	case what < 70:
		for range 1 + h.pick(20, "how many ends") {
			h.oneEnds()
		}
	case what < 82:
		h.somebodyAsks()
	case what < 88:
		h.somethingComesLate()
	case what < 90:
		h.now = h.now.Add(time.Duration(h.pick(20, "minutes")) * time.Minute)
		h.reconcile()
	case what < 92:
		h.somebodyRules()
	case what < 93:
		h.somebodyReruns()
	case what < 94:
		h.somebodyPutsAside()
	case what < 95:
		h.rollBackByHand()
	case what < 97:
		h.platformIsAhead()
		h.dead = true
	default:
		h.dies = 1 + h.pick(12, "moments to live")
	}
}

// plan is a promotion of a new release or, now and then, of one that was there before.
func (h *history) plan() Plan {
	version := h.versions
	if again := h.pick(10, "version"); again > 1 || version == 0 {
		h.versions++
		version = h.versions
	} else {
		version -= again * (version - 1)
	}
	p := planOf([]string{"orders", "inventory"}[h.pick(2, "service")], fmt.Sprintf("1.%d.0", version))
	p.Team = []string{"checkout", "stock"}[h.pick(2, "team")]
	p.Step = h.pick(12, "step mode") == 0
	h.govern(&p)
	switch h.pick(12, "special") {
	case 0:
		p.Trigger = "operator"
	case 1:
		p.Queue = "fifo"
	case 2:
		p.Drill = &Drill{Stage: "qa/e2e", How: "fail"}
	case 3:
		p.stage("dev/migrate").Once = true
	case 5:
		p.Columns = p.Columns[:2+h.pick(2, "until")]
	case 4:
		p.column("dev").OnFailure, p.column("qa").OnFailure = "hold", "hold"
		p.column("dev").HoldFor = Duration(10 * time.Minute)
	}
	return p
}

// oneEnds lets one attempt end somehow, mostly well.
func (h *history) oneEnds() {
	if len(h.working) == 0 || h.dead {
		return
	}
	a := h.working[h.pick(len(h.working), "attempt")]
	if h.pick(20, "honest") == 0 {
		h.lie(a)
	}
	end := good
	switch how := h.pick(100, "how it ends"); {
	case how >= 96:
		end.verb = VerbReportFailure
	case how >= 92:
		end.verb = VerbReportError
	case how >= 90:
		end.verb = VerbReportStall
	}
	if end.verb != VerbReportSuccess {
		end.reason = "as it happens"
		end.live = h.pick(2, "live all the same") == 0
		end.unreachable = end.verb != VerbReportFailure && h.pick(2, "unreachable") == 0
	}
	h.end(a, end)
}

// lie reports a success that brought another image than the one that passed so far.
func (h *history) lie(a attempt) {
	release := h.ledger.Run(a.run).Release
	if a.stage == "build/build" || release.Image == "" || h.ledger.Run(a.run).Plan.Kind == Rollback {
		return
	}
	release.Image = digest("another")
	if err := h.send(Command{Run: a.run, Verb: VerbReportSuccess, Stage: a.stage, Attempt: a.n, Result: &Result{Release: &release}}); err == nil {
		h.t.Fatalf("%s brought another image (invariant 2)", a)
	}
}

func (h *history) somebodyAsks() {
	if h.last == 0 {
		return
	}
	h.commands++
	verbs := []Verb{VerbStep, VerbPause, VerbResume, VerbRetry, VerbAbort, VerbRollBack, VerbRetryFrom, VerbExtend, VerbOverride, VerbApprove, VerbReject, VerbRemove}
	id := RunID(1 + h.pick(int(h.last)+1, "run"))
	if open := h.ledger.Unfinished(); len(open) > 0 && h.pick(3, "an open one") > 0 {
		id = open[h.pick(len(open), "which")].ID
	}
	c := Command{
		ID: fmt.Sprint("c", h.commands), Actor: "ada", Reason: "because",
		Run: id, Verb: verbs[h.pick(len(verbs), "verb")],
	}
	h.aim(&c)
	for range 1 + h.pick(2, "deliveries") {
		_ = h.send(c)
	}
	h.reconcile()
}

// somethingComesLate delivers a command again that was delivered long ago.
func (h *history) somethingComesLate() {
	if len(h.sent) == 0 {
		return
	}
	c := h.sent[h.pick(len(h.sent), "command")]
	if c.Verb == VerbEnter || c.Verb == VerbSkip || c.Verb == VerbLinkRollback {
		return // these hold no lock by themselves: a driver decides and sends them in one breath
	}
	if c.Verb == VerbStart && h.ledger.Run(c.Run).ID == 0 {
		return // lost with the engine, its number is free again
	}
	_ = h.send(c)
	h.reconcile()
}

func (h *history) rollBackByHand() {
	slots := h.ledger.Slots()
	if len(slots) == 0 {
		return
	}
	s := slots[h.pick(len(slots), "slot")]
	p := planOf(s.Slot.Service, "")
	if p.Team = s.Slot.Team; s.Live != nil && s.Slot.Aside == 0 {
		h.begin(rollbackOf(p, s.Slot.Environment, Revert{From: s.Live.Release.Image, Target: s.LastGood}), "ada")
	}
}

// platformIsAhead lets a deploy that is at work come to its end on the platform, but nobody hears of it.
func (h *history) platformIsAhead() {
	for _, a := range h.working {
		run := h.ledger.Run(a.run)
		if stage, _ := run.Stage(a.stage); stage.Stage.Kind == KindDeploy && h.pick(2, "ahead") == 0 {
			h.live[h.slot(a)] = run.Release.Image
			h.doubt[h.slot(a)] = true
		}
	}
}

// everythingEnds is invariant 7: when all goes well and people do what they are asked for, every run ends.
func (h *history) everythingEnds() {
	for steps := 300 * (1 + len(h.ledger.Unfinished())); len(h.ledger.Unfinished()) > 0; steps-- {
		if steps == 0 {
			h.t.Fatalf("it never ends (invariant 7): %+v", h.ledger.Unfinished()[0].Waits())
		}
		if len(h.working) > 0 {
			h.end(h.working[0], good)
			continue
		}
		journalled := len(h.journal)
		h.freeze = nil
		for _, run := range h.ledger.Unfinished() {
			h.help(run)
		}
		h.reconcile()
		if len(h.journal) == journalled && !h.timePasses() {
			h.t.Fatalf("run %d waits for ever (invariant 7): %+v", h.ledger.Unfinished()[0].ID, h.ledger.Unfinished()[0].Waits())
		}
	}
}

// journalIsTrue compares the journal's word with the platforms', where those could be asked.
func (h *history) journalIsTrue() {
	for slot := range h.live {
		if slot.Aside != 0 && !h.doubt[slot] {
			h.t.Fatalf("%s was removed, and runs", slot)
		}
	}
	for _, s := range h.ledger.Slots() {
		s = h.ledger.Slot(s.Slot)
		if s.Holder != 0 {
			h.t.Fatalf("%s is still held by run %d", s.Slot, s.Holder)
		}
		if imageOf(s.Live) != h.live[s.Slot] && !h.doubt[s.Slot] {
			h.t.Fatalf("%s: the journal says %s is live, the platform %s", s.Slot, imageOf(s.Live).Short(), h.live[s.Slot].Short())
		}
		if s.LastGood != nil && !slices.ContainsFunc(s.Good, func(d Deployment) bool { return imageOf(&d) == imageOf(s.LastGood) }) {
			h.t.Fatalf("%s: last good is %s, which never passed", s.Slot, s.LastGood.Release.Name())
		}
	}
}
