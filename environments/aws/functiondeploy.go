package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// deployFunction publishes the release as a version and moves the alias to it, once it is known to be good.
func (e *Environment) deployFunction(ctx context.Context, s *session, r engine.Rollout, log io.Writer) (*engine.Live, error) {
	f, err := e.function(ctx, s, r.Slot)
	if err != nil {
		return nil, err
	}
	to, err := e.wanted(ctx, s, f, r, log)
	if verdict, is := errors.AsType[*engine.Verdict](err); is {
		verdict.FailedOver = f.before() != ""
	}
	if err != nil {
		return nil, err
	}
	m := &move{
		Environment: e, session: s, slot: r.Slot, of: e.of(r.Slot), f: f, to: to, digest: r.Release.Image,
		timeout: cmp.Or(r.HealthTimeout, usualHealthTimeout), log: log,
	}
	if f.before() == "" {
		return m.first(ctx)
	}
	return m.next(ctx)
}

// move is one shift of an alias.
type move struct {
	*Environment
	session *session
	slot    promotion.Slot
	of      config.AWSService
	f       function // as it was, with the alias as it is
	to      string   // version
	digest  promotion.Digest
	timeout time.Duration
	log     io.Writer
}

// next moves the alias from a version that is live. Nobody's call reaches the new one before it has answered.
func (m *move) next(ctx context.Context) (*engine.Live, error) {
	before := m.f.before()
	if before == m.to && len(m.f.alias.RoutingConfig.AdditionalVersionWeights) == 0 && m.f.note.good == m.to {
		return m.arrived(ctx)
	}
	if why, err := m.probe(ctx, m.timeout); err != nil {
		return nil, fmt.Errorf("calls still go to version %s: %w", before, err)
	} else if why != "" {
		return nil, m.bad(why, true)
	}
	if m.of.Canary > 0 && before != m.to {
		if err := m.canary(ctx, before); err != nil {
			return nil, err
		}
	}
	if err := m.point(ctx, m.to, nil, m.f.note.becomes(m.to, m.clock.Now())); err != nil {
		return nil, err
	}
	return m.arrived(ctx)
}

// canary sends a part of the calls to the new version for a time.
func (m *move) canary(ctx context.Context, before string) error {
	weights := map[string]float64{m.to: float64(m.of.Canary) / 100}
	if err := m.point(ctx, before, weights, m.f.note); err != nil {
		return err
	}
	for end := m.clock.Now().Add(m.of.CanaryFor); m.clock.Now().Before(end); {
		err := m.pause(ctx)
		why := ""
		if err == nil {
			why, err = m.probe(ctx, m.timeout)
		}
		if err == nil && why == "" {
			continue
		}
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), givingUp)
		defer cancel()
		if back := m.point(stopping, before, nil, m.f.note); back != nil {
			return fmt.Errorf("the canary is over (%s%w), but %d%% of the calls still go to version %s: %w", why, errors.Join(err), m.of.Canary, m.to, back)
		}
		if err != nil {
			return fmt.Errorf("the canary is over, all calls go to version %s again: %w", before, err)
		}
		return m.bad(why, true)
	}
	return nil
}

// first points the alias to the version where nothing is live, lets calls in, and shuts the function again where it is bad.
func (m *move) first(ctx context.Context) (*engine.Live, error) {
	trying := m.f.note
	trying.trying, trying.since = m.to, m.clock.Now()
	if err := m.point(ctx, m.to, nil, trying); err != nil {
		return nil, err
	}
	if err := m.admit(ctx); err != nil {
		return nil, err
	}
	why, err := m.probe(ctx, m.timeout)
	if err != nil || why != "" {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), givingUp)
		defer cancel()
		if shut := m.shut(stopping, m.session, m.f.name, m.log); shut != nil {
			return nil, fmt.Errorf("version %s is not known to be good (%s%w), and the function could not be shut: %w", m.to, why, errors.Join(err), shut)
		}
		if err != nil {
			return nil, err
		}
		return nil, m.bad(why, false)
	}
	if err := m.point(ctx, m.to, nil, m.f.note.becomes(m.to, m.clock.Now())); err != nil {
		return nil, err
	}
	return m.arrived(ctx)
}

// admit lets the function answer calls again.
func (m *move) admit(ctx context.Context) error {
	var err error
	if m.of.Concurrency > 0 {
		err = m.session.lambda.PutFunctionConcurrency(ctx, m.f.name, m.of.Concurrency)
	} else {
		err = m.session.lambda.DeleteFunctionConcurrency(ctx, m.f.name)
	}
	return m.failed(err, "let the function %s answer calls", m.f.name)
}

// shut lets the function answer no call.
func (e *Environment) shut(ctx context.Context, s *session, name string, log io.Writer) error {
	if err := s.lambda.PutFunctionConcurrency(ctx, name, 0); err != nil {
		return e.failed(err, "shut the function %s", name)
	}
	fmt.Fprintf(log, "the function %s answers no more calls\n", name)
	return nil
}

// point moves the alias if nobody else has moved it meanwhile.
func (m *move) point(ctx context.Context, to string, weights map[string]float64, n note) error {
	want := functionAlias{
		Name: m.of.Alias, FunctionVersion: to, Description: n.String(), RevisionId: m.f.alias.RevisionId,
		RoutingConfig: routing{AdditionalVersionWeights: weights},
	}
	got, err := m.session.lambda.UpdateAlias(ctx, m.f.name, want)
	if code(err) == "PreconditionFailedException" { // perhaps by this very call, whose first answer was lost
		now, again := m.session.lambda.GetAlias(ctx, m.f.name, m.of.Alias)
		if again != nil || now.Description != want.Description || now.FunctionVersion != to || len(now.RoutingConfig.AdditionalVersionWeights) != len(weights) {
			return fmt.Errorf("%s: superseded: somebody else has moved the alias %s of %s to version %s: ask who deploys here besides Gantry: %w",
				m.Name(), m.of.Alias, m.f.name, now.FunctionVersion, m.failed(err, "move it to version %s", to))
		}
		got, err = now, nil
	}
	if err != nil {
		return m.failed(err, "move the alias %s of %s to version %s", m.of.Alias, m.f.name, to)
	}
	m.f.alias = got
	fmt.Fprintf(m.log, "alias %s of %s points to version %s", m.of.Alias, m.f.name, to)
	for other, weight := range weights {
		fmt.Fprintf(m.log, ", with %.0f%% of the calls to version %s", weight*100, other)
	}
	fmt.Fprintln(m.log)
	return nil
}

// arrived is the verdict: the alias points to the version alone, and that version runs the digest. What Lambda lists may be
// a little behind.
func (m *move) arrived(ctx context.Context) (*engine.Live, error) {
	var lagging spell
	for {
		late := lagging.lasts(m.clock.Now())
		f, err := m.function(ctx, m.session, m.slot)
		if err != nil && (late || !passing(ctx, err)) {
			return nil, fmt.Errorf("the alias was moved, but what it points to now is not known: %w", err)
		}
		if err == nil && f.alias.FunctionVersion == m.to && len(f.alias.RoutingConfig.AdditionalVersionWeights) == 0 && f.note.good == m.to {
			live, err := m.functionLive(ctx, m.session, f)
			if err == nil && live != nil && live.Image == m.digest && live.Healthy {
				return live, nil
			}
			if err != nil && !passing(ctx, err) {
				return nil, err
			}
		}
		if late && err == nil {
			return nil, fmt.Errorf("%s: superseded: the alias %s of %s points to version %s, and was moved to %s: ask who deploys here besides Gantry", m.Name(), m.of.Alias, f.name, f.alias.FunctionVersion, m.to)
		}
		if err := m.pause(ctx); err != nil {
			return nil, err
		}
	}
}

// bad is the verdict on a version.
func (m *move) bad(why string, back bool) error {
	fmt.Fprintln(m.log, why)
	if back {
		fmt.Fprintf(m.log, "version %s is live\n", m.f.alias.FunctionVersion)
	}
	return &engine.Verdict{Why: m.slot.Service + ": " + why, FailedOver: back}
}

// stopFunction lets the slot's function answer no call. What is recorded as good stays recorded.
func (e *Environment) stopFunction(ctx context.Context, s *session, slot promotion.Slot, log io.Writer) error {
	f, err := e.function(ctx, s, slot)
	if err != nil || f.stopped() {
		return err
	}
	return e.shut(ctx, s, f.name, log)
}
