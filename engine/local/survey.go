package local

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/rehearse"
	"github.com/gantry-cd/gantry/engine/stages"
	"github.com/gantry-cd/gantry/engine/stubs"
)

// survey gathers what a plan rests on. It asks only what answers without doing anything: nothing is started, and nothing
// is written.
func (e *Engine) survey(ctx context.Context, pipeline config.Pipeline, plan promotion.Plan, r engine.StartRequest) (*rehearse.Facts, error) {
	f := &rehearse.Facts{Pipeline: pipeline, Request: r, Plan: plan, LeftOut: nothingToProve}
	if plan.Release == nil {
		f.Changed = plan.Source.Uncommitted
	}
	for _, column := range plan.Columns {
		if column.Name != promotion.BuildColumn {
			f.Places = append(f.Places, rehearse.Place{Name: column.Name, Repositories: map[string]string{}})
		}
	}
	if plan.Release == nil {
		f.Checks = append(f.Checks, sourceCheck(plan.Source))
	}
	f.Checks = append(f.Checks, builderChecks(ctx, pipeline.Service(plan.Service), plan)...)
	if busy := e.heldByAnother(); busy != nil {
		f.Checks = append(f.Checks, *busy)
	}
	e.mu.Lock()
	e.recall(f)
	e.mu.Unlock()
	var all sync.WaitGroup
	for i := range f.Places {
		all.Go(func() { e.lookAt(ctx, f, &f.Places[i]) })
	}
	all.Go(func() { e.lookBefore(ctx, f) })
	e.lookForStubs(ctx, f)
	e.lookAtStore(ctx, f)
	all.Wait()
	f.Checks = append(f.Checks, f.Before.Checks...)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.recall(f)
	return f, nil
}

// recall takes into the facts what the journal says now. The caller holds mu.
func (e *Engine) recall(f *rehearse.Facts) {
	f.Now = e.options.Now()
	next := promotion.RunID(1)
	if runs := e.ledger.Runs(); len(runs) > 0 {
		next = runs[0].ID + 1
	}
	f.Run = rehearse.Unbuilt(next, f.Plan, tested(f.Stubs), f.Now)
	for i := range f.Places {
		at := &f.Places[i]
		at.State = e.ledger.Slot(f.Plan.Slot(at.Name))
		at.Drift = ""
		if at.Unknown == "" {
			at.Drift = drift(at.State.Live, at.Running)
		}
		at.Gates = e.ledger.Gates(f.Run, at.Name, e.factsOf(at.Name))
		for i := range at.Gates {
			ahead(&at.Gates[i], f.Run, at.Name)
		}
		if again := e.vetoedBefore(f.Plan.Source, at.State); again != nil && f.Plan.Release == nil {
			at.Gates = append(at.Gates, *again)
		}
	}
}

// ahead tells of a gate that no release has come to yet what it will ask for then.
func ahead(gate *promotion.Waiting, run promotion.Run, environment string) {
	switch gate.Gate {
	case promotion.GateSoak:
		at := slices.IndexFunc(run.Columns, func(c promotion.ColumnState) bool { return c.Name == environment })
		before := run.Columns[at-1]
		gate.Reason = fmt.Sprintf("it must have been live in %s for %s", before.Name, time.Duration(before.Column.Soak))
		gate.Since, gate.Until, gate.Who = time.Time{}, nil, "time, or an operator: override"
	case promotion.GateApproval:
		gate.Reason = fmt.Sprintf("%s must be approved for %s, by the digest of what is built", run.Release.Name(), environment)
	}
}

// vetoedBefore warns of a release that was built from the same source and may not enter: a build that can be repeated
// makes the same image again.
func (e *Engine) vetoedBefore(s promotion.Source, state promotion.SlotState) *promotion.Waiting {
	for _, d := range slices.Backward(state.History) {
		veto, vetoed := state.Vetoed[d.Release.Image]
		if vetoed && d.Release.Commit == s.Commit && d.Release.Dirty == s.Dirty {
			return &promotion.Waiting{Gate: promotion.GateVeto, Since: veto.At, Who: "an operator: allow it",
				Reason: "if the build makes the same image again: " + e.vetoSays(d.Release.Image, veto)}
		}
	}
	return nil
}

func tested(used []engine.DryRunStub) map[string]promotion.Digest {
	all := map[string]promotion.Digest{}
	for _, s := range used {
		if s.Digest != "" {
			all[s.Service+"@"+s.Channel] = s.Digest
		}
	}
	return all
}

func sourceCheck(s promotion.Source) engine.Check {
	c := engine.Check{What: "source", State: engine.CheckOK, Detail: "the files of " + s.Path + ", which are no commit"}
	if s.Commit != "" {
		c.Detail = fmt.Sprintf("commit %s %q by %s", promotion.Release{Commit: s.Commit}.ShortCommit(), s.Subject, s.Author)
	}
	return c
}

// heldByAnother says who works in the state directory that this engine only reads; nil when nobody does.
func (e *Engine) heldByAnother() *engine.Check {
	if e.lock != nil {
		return nil
	}
	h, held := journal.HolderOf(e.options.State)
	if !held {
		return nil
	}
	return &engine.Check{What: "engine", State: engine.CheckOK,
		Detail: fmt.Sprintf("pid %d (%s) works in this state directory since %s: a run that is started from here goes on in it", h.PID, h.Program, h.Since.Local().Format("15:04"))}
}

// lookAt asks the platform of one environment.
func (e *Engine) lookAt(ctx context.Context, f *rehearse.Facts, at *rehearse.Place) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	slot := f.Plan.Slot(at.Name)
	environment, err := e.environment(f.Pipeline, at.Name)
	if err != nil {
		at.Unknown = err.Error()
		at.Checks = append(at.Checks, engine.Check{What: "platform", State: engine.CheckWrong, Detail: at.Unknown, Next: "see `gantry validate`"})
		return
	}
	view := viewOf(environment)
	at.Repositories = repositories(ctx, view, slot, at.Name)
	at.Checks = append(at.Checks, view.Check(ctx, slot, f.Pipeline.Service(f.Plan.Service).Migrations != nil)...)
	if at.Running, err = view.Live(ctx, slot); err != nil {
		at.Unknown = err.Error()
		at.Checks = append(at.Checks, engine.Check{What: "what is live", State: engine.CheckWrong, Detail: at.Unknown, Next: "see `gantry status`"})
	}
	at.Checks = append(at.Checks, stillThere(ctx, view, slot, at.State, compatIn(f.Plan, at.Name))...)
}

// lookBefore looks where the release of a rerun comes from that begins in an environment, and whether it is there still.
func (e *Engine) lookBefore(ctx context.Context, f *rehearse.Facts) {
	passed := f.Plan.Passed
	if f.Plan.Release == nil || len(passed) == 0 || passed[len(passed)-1].Environment == promotion.BuildColumn {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	slot := passed[len(passed)-1]
	at := rehearse.Place{Name: slot.Environment}
	defer func() { f.Before = at }()
	environment, err := e.environment(f.Pipeline, at.Name)
	if err != nil {
		at.Checks = append(at.Checks, engine.Check{What: "release", State: engine.CheckWrong, Detail: err.Error(), Next: "see `gantry validate`"})
		return
	}
	view, r := viewOf(environment), *f.Plan.Release
	at.Repositories = repositories(ctx, view, slot, at.Name)
	for _, part := range []struct {
		artifact, of string
		digest       promotion.Digest
	}{{"", "the image", r.Image}, {"migration", "the migration image", r.Migration}, {"verification", "the suites", r.Verification}} {
		if part.digest != "" {
			at.Checks = append(at.Checks, isThere(ctx, view, slot, "release", part.artifact, part.of, part.digest, r))
		}
	}
}

// direct is the view of an environment that starts nothing when it is asked.
type direct struct{ engine.Environment }

func viewOf(environment engine.Environment) engine.View {
	if viewable, ok := environment.(engine.Viewable); ok {
		return viewable.View()
	}
	return direct{environment}
}

// Check looks at the registry; what else there is to check, such a platform does not tell.
func (d direct) Check(ctx context.Context, slot promotion.Slot, _ bool) []engine.Check {
	c := engine.Check{What: "registry", State: engine.CheckOK}
	repository, err := d.Repository(ctx, slot, "")
	if err == nil {
		c.Detail = fmt.Sprintf("%s: both credentials are good", repository.Name)
		err = images.Reach(ctx, repository, images.WithTries(1))
	}
	if err != nil {
		c.State, c.Detail, c.Next = engine.CheckWrong, err.Error(), "see the environment's registry in the configuration"
	}
	return []engine.Check{c}
}

// lookForStubs finds the stubs that the contract stage would test against.
func (e *Engine) lookForStubs(ctx context.Context, f *rehearse.Facts) {
	if _, found := f.Run.Stage(promotion.BuildColumn + "/" + promotion.StageID(promotion.KindContract)); !found {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	published := e.options.Published(f.Pipeline)
	for i, channel := range stages.Channels(f.Pipeline) {
		for _, dependency := range f.Pipeline.Service(f.Plan.Service).DependsOn {
			used := engine.DryRunStub{Service: dependency, Channel: channel, Decides: i == 0}
			var err error
			used.Digest, err = published.Resolve(ctx, dependency, channel)
			if errors.Is(err, stubs.ErrNone) || errors.Is(err, engine.ErrNotYet) {
				err = nil
			}
			f.Stubs = append(f.Stubs, used)
			if c := e.stubCheck(used, err); c != nil {
				f.Checks = append(f.Checks, *c)
			}
		}
	}
}

// lookAtStore asks the store that somebody else keeps whether it lets Gantry in, where something would be published to it.
func (e *Engine) lookAtStore(ctx context.Context, f *rehearse.Facts) {
	place := f.Pipeline.Artifacts.Place(f.Plan.Service)
	at := slices.IndexFunc(f.Plan.Columns, func(c promotion.Column) bool {
		return slices.ContainsFunc(c.Stages, func(s promotion.Stage) bool { return s.Kind == promotion.KindPublish })
	})
	if place == "" || at < 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := engine.Check{What: "artifact store", State: engine.CheckOK, Detail: place + " answers"}
	_, err := e.options.Published(f.Pipeline).Resolve(ctx, f.Plan.Service, f.Pipeline.Environment(f.Plan.Columns[at].Name).StubChannel)
	if err != nil && !errors.Is(err, stubs.ErrNone) {
		c.State, c.Detail, c.Next = engine.CheckWrong, err.Error(), "check [artifacts] in the configuration: its address, credentials, ca and proxy"
	}
	f.Checks = append(f.Checks, c)
}

// stubCheck is what there is to say of a stub; nil when nothing: a channel that does not decide may be empty.
func (e *Engine) stubCheck(used engine.DryRunStub, err error) *engine.Check {
	c := &engine.Check{What: "stub", State: engine.CheckOK, Detail: fmt.Sprintf("%s@%s is %s", used.Service, used.Channel, used.Digest.Short())}
	switch {
	case err != nil:
		c.State, c.Detail, c.Next = engine.CheckWrong, fmt.Sprintf("which stub of %s is in channel %s: %v", used.Service, used.Channel, err), "see `gantry stub list`"
	case used.Digest != "":
	case !used.Decides:
		return nil
	default:
		c.State, c.Detail = engine.CheckWrong, fmt.Sprintf("%s has no stub in channel %q, so the contract stage fails", used.Service, used.Channel)
		c.Next = "promote it first: gantry run " + used.Service
		e.mu.Lock()
		defer e.mu.Unlock()
		if other := e.bringer(used.Service); other != 0 {
			c.State, c.Detail, c.Next = engine.CheckLater, fmt.Sprintf("%s has no stub in channel %q yet: the contract stage waits for run %d", used.Service, used.Channel, other), ""
		}
	}
	return c
}
