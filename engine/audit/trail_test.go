package audit

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// history feeds a trail with what a ledger decides, a second apart.
type history struct {
	t      *testing.T
	ledger *promotion.Ledger
	trail  Trail
	now    time.Time
	seq    int64
}

func newHistory(t *testing.T) *history {
	return &history{t: t, ledger: promotion.NewLedger(), now: noon}
}

func (h *history) do(c promotion.Command) {
	h.t.Helper()
	if c.Actor == "" {
		c.Actor = "gantry"
	}
	h.now = h.now.Add(time.Second)
	events, err := h.ledger.Decide(c, h.now)
	if err != nil {
		h.t.Fatalf("%s: %v", c.Verb, err)
	}
	for _, e := range events {
		h.seq++
		e.Seq = h.seq
		h.ledger.Apply(e)
		h.trail.Take(e)
	}
}

// stage lets a stage end as the verb says.
func (h *history) stage(run promotion.RunID, id promotion.StageID, end promotion.Verb, result *promotion.Result) {
	h.t.Helper()
	h.do(promotion.Command{Run: run, Verb: promotion.VerbBegin, Stage: id})
	state, _ := h.ledger.Run(run).Stage(id)
	h.do(promotion.Command{Run: run, Verb: end, Stage: id, Attempt: state.Last().N, Result: result})
}

func (h *history) plan(service string) promotion.Plan {
	stage := func(id promotion.StageID, kind promotion.Kind) promotion.Stage {
		return promotion.Stage{ID: id, Kind: kind}
	}
	return promotion.Plan{
		Kind: promotion.Promotion, Service: service, Trigger: "operator", Queue: "latest",
		Source: promotion.Source{Version: "1.8.0", Commit: "3f9c1e2a", Subject: "Bulk discount"},
		Columns: []promotion.Column{
			{Name: "build", Stages: []promotion.Stage{stage("build/build", promotion.KindBuild)}},
			{Name: "qa", RollsBack: []string{"qa"}, Stages: []promotion.Stage{stage("qa/deploy", promotion.KindDeploy), stage("qa/acceptance", promotion.KindAcceptance)}},
		},
	}
}

func (h *history) start(run promotion.RunID, plan promotion.Plan, actor, reason string) {
	h.t.Helper()
	h.do(promotion.Command{Run: run, Verb: promotion.VerbStart, Plan: &plan, Actor: actor, Reason: reason})
}

// untilAcceptance brings a run to where the suite of qa decides.
func (h *history) untilAcceptance(run promotion.RunID) {
	h.t.Helper()
	release := h.ledger.Run(run).Release
	release.Image = promotion.Digest(fmt.Sprintf("sha256:%064d", run))
	h.stage(run, "build/build", promotion.VerbReportSuccess, &promotion.Result{Release: &release})
	h.do(promotion.Command{Run: run, Verb: promotion.VerbEnter, Environment: "qa"})
	deployed := &promotion.Deployment{Release: release, Since: h.now, Cause: "promoted", Run: run}
	h.stage(run, "qa/deploy", promotion.VerbReportSuccess, &promotion.Result{Deployment: deployed})
}

// told are the entries, one a line, without their times.
func (h *history) told() string {
	var lines []string
	for _, e := range h.trail.Entries() {
		lines = append(lines, tell(e))
	}
	return strings.Join(lines, "\n")
}

func tell(e engine.AuditEntry) string {
	who := e.Who
	if e.Automatic {
		who += " (by itself)"
	}
	if e.Drill {
		who += " DRILL"
	}
	return fmt.Sprintf("%s | %s | run %d | %s %s %s | %s | %s", who, e.What, e.Run, e.Service, e.Environment, e.Stage, e.Why, e.Result)
}

func (h *history) want(lines ...string) {
	h.t.Helper()
	if got, want := h.told(), strings.Join(lines, "\n"); got != want {
		h.t.Errorf("the audit tells\n%s\nwant\n%s", got, want)
	}
}

func TestAnOperatorsCommandsAreToldWithWhatCameOfThem(t *testing.T) {
	h := newHistory(t)
	h.start(1, h.plan("orders"), "ada", "the shop waits for it")
	h.do(promotion.Command{Run: 1, Verb: promotion.VerbPause, Actor: "bob", Reason: "lunch", ID: "c-1"})
	h.do(promotion.Command{Run: 1, Verb: promotion.VerbStep, Actor: "bob"})
	h.stage(1, "build/build", promotion.VerbReportError, &promotion.Result{Cause: "no network"})
	h.do(promotion.Command{Run: 1, Verb: promotion.VerbRetry, Actor: "bob", Stage: "build/build", Reason: "the network is back"})
	h.stage(1, "build/build", promotion.VerbReportError, &promotion.Result{Cause: "no network again"})
	h.do(promotion.Command{Run: 1, Verb: promotion.VerbAbort, Actor: "ada", Reason: "not today"})
	h.want(
		"ada | start | run 1 | orders   | the shop waits for it | aborted: not today",
		"bob | pause | run 1 | orders   | lunch | done",
		"bob | step | run 1 | orders   |  | done",
		"bob | retry | run 1 | orders build build/build | the network is back | errored: no network again",
		"ada | abort | run 1 | orders   | not today | everything is left as it is",
	)
	if e := h.trail.Entries()[1]; e.Command != "c-1" || e.Seq != 2 || !e.At.Equal(noon.Add(2*time.Second)) || e.Release != "1.8.0 3f9c1e2" {
		t.Errorf("the pause is %+v", e)
	}
}

func TestARollbackByPolicyIsADecisionOfGantrys(t *testing.T) {
	h := newHistory(t)
	h.start(1, h.plan("orders"), "ada", "")
	h.untilAcceptance(1)
	h.stage(1, "qa/acceptance", promotion.VerbReportFailure, &promotion.Result{Cause: "TestPrice"})
	back := promotion.Plan{Kind: promotion.Rollback, Service: "orders", Trigger: "policy", Revert: &promotion.Revert{Cause: 1, From: h.ledger.Run(1).Release.Image},
		Columns: []promotion.Column{{Name: "qa", Stages: []promotion.Stage{{ID: "qa/rollback", Kind: promotion.KindRollback}}}}}
	h.start(2, back, "gantry", "run 1 failed")
	h.do(promotion.Command{Run: 1, Verb: promotion.VerbLinkRollback, Environment: "qa", Linked: 2})
	live := h.ledger.Slot(promotion.Slot{Environment: "qa", Service: "orders"}).Live
	h.do(promotion.Command{Run: 2, Verb: promotion.VerbEnter, Environment: "qa", Live: live})
	h.stage(2, "qa/rollback", promotion.VerbReportSuccess, &promotion.Result{Emptied: true})
	h.do(promotion.Command{Run: 1, Verb: promotion.VerbEndRollback, Environment: "qa", Linked: 2, Outcome: promotion.RolledBack})
	h.want(
		"ada | start | run 1 | orders   |  | rolled back: qa/acceptance failed: TestPrice",
		"gantry (by itself) | deploy | run 1 | orders qa  | promoted | live",
		"gantry (by itself) | rollback | run 1 | orders qa  | a failure in qa rolls back what this run deployed there: TestPrice | qa rolled back (run 2)",
		"gantry (by itself) | empty | run 2 | orders qa  |  | nothing is live",
	)
}

func TestAVerificationThatSomebodyWavedThroughStandsThereWithTheReason(t *testing.T) {
	h := newHistory(t)
	plan := h.plan("orders")
	plan.Columns[1].OnFailure = "hold"
	h.start(1, plan, "ada", "")
	h.untilAcceptance(1)
	h.stage(1, "qa/acceptance", promotion.VerbReportFailure, &promotion.Result{Cause: "TestPrice"})
	h.do(promotion.Command{Run: 1, Verb: promotion.VerbOverride, Stage: "qa/acceptance", Actor: "bob", Reason: "the test is wrong, not the price"})
	if told := h.told(); !strings.Contains(told, "bob | override | run 1 | orders qa qa/acceptance | the test is wrong, not the price | done") {
		t.Errorf("the audit tells\n%s", told)
	}
}

func TestAHoldIsToldThoughItBelongsToNoRun(t *testing.T) {
	h := newHistory(t)
	slot := &promotion.Slot{Environment: "prod", Service: "orders"}
	h.do(promotion.Command{Verb: promotion.VerbHold, Slot: slot, Actor: "ada", Reason: "stocktaking"})
	h.do(promotion.Command{Verb: promotion.VerbRelease, Slot: slot, Actor: "bob"})
	h.start(1, h.plan("orders"), "ada", "")
	h.untilAcceptance(1)
	h.do(promotion.Command{Verb: promotion.VerbVeto, Slot: slot, Actor: "ada", Reason: "it loses orders", Digest: h.ledger.Run(1).Release.Image})
	entries := h.trail.Entries()
	if got := tell(entries[0]); got != "ada | hold | run 0 | orders prod  | stocktaking | done" {
		t.Errorf("the hold is told as %q", got)
	}
	if veto := entries[len(entries)-1]; veto.What != promotion.VerbVeto || veto.Release != "1.8.0 3f9c1e2" || veto.Why != "it loses orders" {
		t.Errorf("the veto is told as %+v", veto)
	}
}

func TestAMergeAndItsSupersedingAreAutomatic(t *testing.T) {
	h := newHistory(t)
	plan := h.plan("orders")
	plan.Trigger = "merge"
	h.start(1, plan, "merge", "")
	release := h.ledger.Run(1).Release
	release.Image = "sha256:1"
	h.stage(1, "build/build", promotion.VerbReportSuccess, &promotion.Result{Release: &release})
	h.start(2, plan, "merge", "")
	h.do(promotion.Command{Run: 1, Verb: promotion.VerbSupersede, Linked: 2})
	h.want(
		"merge (by itself) | start | run 1 | orders   | Bulk discount | superseded: run 2 is newer and takes its place in qa",
		"merge (by itself) | start | run 2 | orders   | Bulk discount | goes on",
		"gantry (by itself) | supersede | run 1 | orders   | run 2 is newer and takes its place in qa | run 2 goes first",
	)
}

func TestADrillIsMarked(t *testing.T) {
	h := newHistory(t)
	plan := h.plan("orders")
	plan.Drill = &promotion.Drill{Stage: "qa/acceptance", How: "fail"}
	h.start(1, plan, "ada", "")
	h.untilAcceptance(1)
	for _, e := range h.trail.Entries() {
		if !e.Drill {
			t.Errorf("%s of a drill looks real", e.What)
		}
	}
}

func TestWhatGantryRepeatsByItselfIsNoDecisionAboutAnEnvironment(t *testing.T) {
	h := newHistory(t)
	plan := h.plan("orders")
	plan.Columns[0].Stages[0].Retries = 1
	h.start(1, plan, "ada", "")
	h.stage(1, "build/build", promotion.VerbReportError, &promotion.Result{Cause: "no network"})
	h.want("ada | start | run 1 | orders   |  | goes on")
}
