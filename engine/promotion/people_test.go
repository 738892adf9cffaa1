package promotion

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// govern puts gates and policies into a plan: mostly none.
func (h *history) govern(p *Plan) {
	switch h.pick(14, "gates") {
	case 0:
		p.column("prod").Approval = &Approval{Expires: Duration(10 * time.Minute)}
	case 1:
		p.column("qa").Approval = &Approval{}
	case 2:
		p.column("qa").Soak = Duration(5 * time.Minute)
	case 3:
		other := map[string]string{"orders": "inventory", "inventory": "orders"}[p.Service]
		p.column("prod").Dependencies, p.column("prod").DependsOn = "live", []Slot{{Environment: "prod", Service: other}}
	case 4:
		for _, environment := range []string{"qa", "prod"} {
			p.column(environment).ExclusiveE2E = true
		}
	case 5:
		s := p.stage("qa/e2e")
		s.RetryFailed, s.Retries, s.Backoff = true, 2, Duration(time.Minute)
	case 6:
		p.stage("dev/push").Backoff = Duration(time.Minute)
		p.stage("qa/acceptance").OnFailure = "hold"
	case 7, 8:
		for i := range p.Columns {
			p.Columns[i].OnFailure, p.Columns[i].HoldFor = "hold", Duration(20*time.Minute)
		}
	}
}

// aim fills in what a command about a run needs to have a chance.
func (h *history) aim(c *Command) {
	run := h.ledger.Run(c.Run)
	column, stage, ok := run.Current()
	if !ok {
		return
	}
	if apt := aptVerbs(run, column, stage); len(apt) > 0 && h.pick(3, "apt") > 0 {
		c.Verb = apt[h.pick(len(apt), "apt verb")]
	}
	switch c.Verb {
	case VerbRetryFrom:
		c.Stage = column.Stages[h.pick(len(column.Stages), "from")].ID
	case VerbOverride:
		if c.Stage = stage.ID; column.Waiting != nil {
			c.Stage, c.Environment = "", column.Name
		}
	case VerbExtend:
		until := h.now.Add(time.Duration(h.pick(10, "later")) * time.Minute)
		c.Until = &until
	case VerbApprove, VerbReject:
		c.Environment, c.Digest = []string{"qa", "prod"}[h.pick(2, "where")], run.Release.Image
		if column.Waiting != nil {
			c.Environment = column.Name
		}
		if h.pick(5, "another's image") == 0 {
			c.Digest = digest("another")
		}
	}
}

// aptVerbs are what a person would ask for as the run stands.
func aptVerbs(run Run, column ColumnState, stage StageState) []Verb {
	switch {
	case run.Plan.Kind == Reprovision:
		return []Verb{VerbRemove, VerbRemove, VerbRetry, VerbRetryFrom, VerbExtend}
	case run.Held != nil && run.Held.Until != nil:
		return []Verb{VerbExtend, VerbExtend, VerbPause, VerbRollBack, VerbOverride}
	case stage.Bad():
		return []Verb{VerbRetry, VerbRetryFrom, VerbOverride, VerbRollBack}
	case column.Waiting != nil:
		return []Verb{VerbApprove, VerbReject, VerbOverride}
	}
	return nil
}

// somebodyRules holds, releases, vetoes, allows, or freezes.
func (h *history) somebodyRules() {
	if h.pick(3, "freeze") == 0 {
		if h.freeze = nil; h.pick(2, "frozen") == 0 {
			h.freeze = &Waiting{Gate: GateFreeze, Reason: "the weekend", Who: "time"}
		}
		h.reconcile()
		return
	}
	if h.last == 0 {
		return
	}
	h.commands++
	run := h.ledger.Run(RunID(1 + h.pick(int(h.last), "whose")))
	if run.ID == 0 {
		return
	}
	slot := run.Plan.Slot([]string{"dev", "qa", "prod"}[h.pick(3, "environment")])
	c := Command{
		ID: fmt.Sprint("c", h.commands), Actor: "ada", Reason: "because", Slot: &slot, Digest: run.Release.Image,
		Verb: []Verb{VerbHold, VerbRelease, VerbVeto, VerbAllow}[h.pick(4, "rule")],
	}
	if rules := h.rules(); len(rules) > 0 && h.pick(2, "lift one") == 0 {
		lifted := rules[h.pick(len(rules), "which rule")]
		c.Verb, c.Slot, c.Digest = lifted.Verb, lifted.Slot, lifted.Digest
	}
	for range 1 + h.pick(2, "deliveries") {
		_ = h.send(c)
	}
	h.reconcile()
}

// rules are the commands that would lift what is in force.
func (h *history) rules() []Command {
	var lifting []Command
	for _, s := range h.ledger.Slots() {
		if s.Hold != nil {
			lifting = append(lifting, Command{Verb: VerbRelease, Slot: &s.Slot})
		}
		for _, image := range slices.Sorted(maps.Keys(s.Vetoed)) {
			lifting = append(lifting, Command{Verb: VerbAllow, Slot: &s.Slot, Digest: image})
		}
	}
	return lifting
}

// somebodyReruns lets the release of an earlier run go once more from an environment, earned or not.
func (h *history) somebodyReruns() {
	if h.last == 0 {
		return
	}
	earlier := h.ledger.Run(RunID(1 + h.pick(int(h.last), "which")))
	if earlier.Plan.Kind != Promotion || len(earlier.Plan.Columns) != 4 {
		return
	}
	p, release, from := earlier.Plan, earlier.Release, 1+h.pick(3, "from")
	p.Rerun, p.Trigger, p.Drill, release.Stub = earlier.ID, "operator", nil, ""
	p.Release, p.Columns = &release, p.Columns[from:]
	for _, column := range earlier.Plan.Columns[:from] {
		p.Passed = append(p.Passed, earlier.Plan.Slot(column.Name))
	}
	h.last++
	if err := h.send(Command{Run: h.last, Verb: VerbStart, Actor: "ada", Plan: &p}); err != nil {
		h.last--
	}
	h.reconcile()
}

// help does for a run what it says it waits for.
func (h *history) help(run Run) {
	waiting := run.Waits()
	slot := Slot{}
	if column, _, ok := run.Current(); ok {
		slot = run.Plan.Slot(column.Name)
	}
	do := func(c Command) { c.Run, c.Actor, c.Reason = run.ID, "grace", "to help"; _ = h.send(c) }
	switch {
	case waiting == nil:
	case waiting.Gate == GateApproval:
		do(Command{Verb: VerbApprove, Environment: slot.Environment, Digest: run.Release.Image})
	case waiting.Gate == GateHold:
		do(Command{Verb: VerbRelease, Slot: &slot})
	case waiting.Gate == GateVeto && strings.Contains(waiting.Who, "an operator: allow"):
		do(Command{Verb: VerbAllow, Slot: &slot, Digest: run.Release.Image})
	case slices.Contains([]Gate{GateSoak, GateDependency}, waiting.Gate):
		do(Command{Verb: VerbOverride, Environment: slot.Environment})
	case strings.Contains(waiting.Who, "resume"):
		do(Command{Verb: VerbResume})
	case strings.Contains(waiting.Who, "retry"):
		do(Command{Verb: VerbRetry})
	case strings.Contains(waiting.Who, "an operator who starts it"):
		do(Command{Verb: VerbAbort})
	}
}

// timePasses lets the time come that somebody waits for; false when nobody waits for any.
func (h *history) timePasses() bool {
	next := time.Time{}
	for _, run := range h.ledger.Unfinished() {
		if w := run.Waits(); w != nil && w.Until != nil && (next.IsZero() || w.Until.Before(next)) {
			next = *w.Until
		}
	}
	if !next.After(h.now) {
		return false
	}
	h.now = next
	return true
}
