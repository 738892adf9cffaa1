package config

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// readPolicies reads [environment.stage.KIND] for the stages that the environment can have.
func readPolicies(t *table, e Environment, first bool) map[promotion.Kind]Policy {
	if t == nil {
		return nil
	}
	kinds := e.kinds(first)
	policies := map[promotion.Kind]Policy{}
	for _, kind := range sortedKeys(t.values) {
		if !slices.Contains(kinds, kind) {
			t.complain(t.line(kind), "there is no stage %q here%s: it has %s", kind, DidYouMean(kind, kinds), listed(kinds))
			continue
		}
		if sub := t.table(kind); sub != nil {
			policies[promotion.Kind(kind)] = sub.environmentPolicy(e, promotion.Kind(kind))
		}
	}
	return policies
}

// kinds are the stages that some service can have in the environment.
func (e Environment) kinds(first bool) []string {
	kinds := []string{string(promotion.KindCopy), string(promotion.KindMigrate)}
	if first {
		kinds[0] = string(promotion.KindPush)
	}
	if e.Compat {
		kinds = append(kinds, string(promotion.KindCompat))
	}
	kinds = append(kinds, string(promotion.KindDeploy))
	for _, kind := range e.Verify {
		kinds = append(kinds, string(kind))
	}
	if e.PublishStub {
		kinds = append(kinds, string(promotion.KindStub))
	}
	if e.StubChannel != "" {
		kinds = append(kinds, string(promotion.KindPublish))
	}
	return kinds
}

// environmentPolicy is the policy of one kind of stage in an environment, which may also say what a failure leads to.
func (t *table) environmentPolicy(e Environment, kind promotion.Kind) Policy {
	p := t.policy(kind.Judges())
	onFailure := t.choice("on_failure", e.OnFailure, failures)
	if t.has("on_failure") {
		p.OnFailure = &onFailure
	}
	p.HoldFor = said(t, "hold_for", t.duration)
	t.done()
	if p.HoldFor != nil && onFailure != "hold" {
		t.complain(t.line("hold_for"), `hold_for says how long on_failure = "hold" waits, but on_failure is %q`, onFailure)
	}
	if kind == promotion.KindDeploy && p.Deadline != nil && *p.Deadline > 0 && *p.Deadline <= e.HealthTimeout {
		t.complain(t.line("deadline"), "deadline is %s, and a new version may take %s (health_timeout) to become healthy: it must be longer", promotion.Duration(*p.Deadline), promotion.Duration(e.HealthTimeout))
	}
	return p
}

// policy reads the keys that a stage has wherever it stands. Only one that judges may ask for its verdict again.
func (t *table) policy(judges bool) Policy {
	p := Policy{
		Deadline:    said(t, "deadline", t.duration),
		Retries:     said(t, "retries", func(key string, fallback int) int { return t.number(key, fallback, 0, math.MaxInt32) }),
		Backoff:     said(t, "backoff", t.duration),
		RetryFailed: said(t, "retry_failed", t.flag),
		Budget:      said(t, "budget", t.duration),
	}
	never := p.Retries != nil && *p.Retries == 0
	if p.RetryFailed != nil && *p.RetryFailed {
		switch {
		case !judges:
			t.complain(t.line("retry_failed"), "retry_failed repeats a verdict, and this stage changes something and judges nothing: leave it out; retries repeats what ended without a verdict")
		case never:
			t.complain(t.line("retry_failed"), "retry_failed is true, but retries is 0: nothing is ever repeated")
		}
	}
	if p.Backoff != nil && never {
		t.complain(t.line("backoff"), "backoff is the wait before a repetition, but retries is 0: nothing is ever repeated")
	}
	if p.Budget != nil && p.Deadline != nil && *p.Budget > *p.Deadline {
		t.complain(t.line("budget"), "budget is %s, but the stage is ended after %s (deadline): it must be shorter", promotion.Duration(*p.Budget), promotion.Duration(*p.Deadline))
	}
	return p
}

// said is what a key says; nil where it is absent.
func said[T any](t *table, key string, read func(key string, fallback T) T) *T {
	var none T
	value := read(key, none)
	if !t.has(key) {
		return nil
	}
	return &value
}

// over is the policy, and another's where it says nothing. What is said of a failure stands together.
func (p Policy) over(other Policy) Policy {
	settled := Policy{
		Deadline: cmp.Or(p.Deadline, other.Deadline), Retries: cmp.Or(p.Retries, other.Retries), Backoff: cmp.Or(p.Backoff, other.Backoff),
		RetryFailed: cmp.Or(p.RetryFailed, other.RetryFailed), Budget: cmp.Or(p.Budget, other.Budget),
		OnFailure: p.OnFailure, HoldFor: p.HoldFor,
	}
	if p.OnFailure == nil && p.HoldFor == nil {
		settled.OnFailure, settled.HoldFor = other.OnFailure, other.HoldFor
	}
	return settled
}

// stage is a stage under the policy; what it does not say is the default.
func (p Policy) stage(deadline time.Duration) promotion.Stage {
	s := promotion.Stage{
		Deadline: promotion.Duration(or(p.Deadline, deadline)), Retries: or(p.Retries, 1), Backoff: promotion.Duration(or(p.Backoff, 0)),
		RetryFailed: or(p.RetryFailed, false), Budget: promotion.Duration(or(p.Budget, 0)),
		OnFailure: or(p.OnFailure, ""), HoldFor: promotion.Duration(or(p.HoldFor, 0)),
	}
	if p.HoldFor != nil { // said for the "hold" of the environment, which is read already
		s.OnFailure = "hold"
	}
	return s
}

func or[T any](said *T, otherwise T) T {
	if said == nil {
		return otherwise
	}
	return *said
}
