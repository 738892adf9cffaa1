package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

const (
	// usualHealthTimeout is how long a new version may take where nothing is said.
	usualHealthTimeout = 30 * time.Second
	// restoreTime is how long the version before may take to be back, at least.
	restoreTime = 2 * time.Minute
	// givingUp bounds what is still done for a deploy that nobody waits for.
	givingUp = 30 * time.Second
	// silences is how many answers in a row may not come.
	silences = 3
)

// Deploy asks for the release and watches what runs until that is the release, and healthy. Where it does not become so,
// what was live before is asked for again, or the slot is emptied where nothing was.
func (e *Environment) Deploy(ctx context.Context, r engine.Rollout, log io.Writer) (*engine.Live, error) {
	if err := e.check(r.Slot); err != nil {
		return nil, err
	}
	held, err := e.hold(ctx, r.Slot)
	if err != nil {
		return nil, err
	}
	defer held.Close()
	f, err := e.prepare(ctx, r, log)
	if err != nil {
		return nil, err
	}
	if err := e.remember(r.Slot, func(known *record) { known.Tried = r.Release.Image }); err != nil {
		return nil, err
	}
	err = e.do(ctx, "deploy", e.command.Deploy, f.request(r.Release.Image, r.Release.Version), log)
	verdict, bad := errors.AsType[*engine.Verdict](err)
	switch {
	case ctx.Err() != nil:
		return nil, f.givenUp(ctx)
	case bad:
		return nil, f.revert(ctx, verdict.Why)
	case err != nil:
		return nil, fmt.Errorf("%w (what it has left behind is not known: the next deploy goes on from what live says)", err)
	}
	fmt.Fprintf(log, "asked for %s (%s); waiting until it is healthy\n", r.Release.Name(), r.Release.Image.Short())
	return f.follow(ctx)
}

// rollout is one deploy.
type rollout struct {
	*Environment
	engine.Rollout
	settings map[string]string
	before   *engine.Live       // nil: nothing was live
	known    []promotion.Digest // that were there before
	began    time.Time
	log      io.Writer
}

// prepare finds out what the deploy begins with. The image must be there: a tool may take hours to say that it is not.
func (e *Environment) prepare(ctx context.Context, r engine.Rollout, log io.Writer) (*rollout, error) {
	at, err := e.registry.Repository(r.Slot, "")
	if err != nil {
		return nil, err
	}
	if err := e.registry.Kept(ctx, at, r.Release.Image); err != nil {
		return nil, err
	}
	r.HealthTimeout = cmp.Or(r.HealthTimeout, usualHealthTimeout)
	f := &rollout{Environment: e, Rollout: r, began: time.Now(), log: log}
	if f.settings, err = e.settingsOf(ctx, r); err != nil {
		return nil, err
	}
	a, err := e.look(ctx, r.Slot)
	if err != nil {
		return nil, err
	}
	known, err := e.recall(r.Slot)
	if err != nil {
		return nil, err
	}
	f.before = live(a, known)
	for _, i := range a.Instances {
		f.known = append(f.known, i.digest)
	}
	if f.before != nil && f.before.Version == "" {
		f.before.Version = f.before.Image.Short()
	}
	return f, nil
}

func (f *rollout) request(image promotion.Digest, version string) request {
	r := request{slot: f.Slot, image: image, version: version, health: f.HealthTimeout, settings: f.settings}
	if f.before != nil {
		r.before = f.before.Image
	}
	return r
}

// follow watches what runs until the release is good, or has failed and what was before is back.
func (f *rollout) follow(ctx context.Context) (*engine.Live, error) {
	said, silent := "", 0
	for {
		a, err := f.look(ctx, f.Slot)
		switch {
		case ctx.Err() != nil:
			return nil, f.givenUp(ctx)
		case err != nil:
			if silent++; silent >= silences {
				return nil, fmt.Errorf("what became of %s is not known: %w", f.Release.Name(), err)
			}
		default:
			silent = 0
			if a.settled(f.Release.Image) {
				return f.good(a)
			}
			if line := f.progress(a); line != said {
				said = line
				fmt.Fprintln(f.log, line)
			}
			if other := f.stranger(a); other != "" {
				return nil, fmt.Errorf("%s: somebody else deploys here besides Gantry: %s runs now, which was neither asked for nor there before", f.Name(), other)
			}
			of := a.of(f.Release.Image)
			if i := slices.IndexFunc(of, func(i instance) bool { return i.State == broken }); i >= 0 {
				return nil, f.revert(ctx, fmt.Sprintf("%s: %s", f.Slot.Service, of[i]))
			}
			if time.Since(f.began) > f.HealthTimeout {
				return nil, f.revert(ctx, fmt.Sprintf("%s: it did not become healthy within %s: %s", f.Slot.Service, promotion.Duration(f.HealthTimeout), f.progress(a)))
			}
		}
		if pause(ctx, f.command.Poll) != nil {
			return nil, f.givenUp(ctx)
		}
	}
}

// progress is where the deploy is, for people.
func (f *rollout) progress(a answer) string {
	of := a.of(f.Release.Image)
	if len(of) == 0 {
		return "no instance of it yet"
	}
	return told(of, a.Wanted)
}

// stranger is a digest that runs and has nothing to do with this deploy.
func (f *rollout) stranger(a answer) promotion.Digest {
	for _, i := range a.Instances {
		if i.digest != f.Release.Image && !slices.Contains(f.known, i.digest) {
			return i.digest
		}
	}
	return ""
}

func (f *rollout) good(a answer) (*engine.Live, error) {
	err := f.remember(f.Slot, func(r *record) { r.Good, r.Version, r.Tried = f.Release.Image, f.Release.Version, "" })
	return live(a, record{Good: f.Release.Image, Version: f.Release.Version}), err
}

// revert keeps what can be seen of the failure, sees to it that what was before is back, and is the verdict.
func (f *rollout) revert(ctx context.Context, why string) error {
	seen, words := f.seen(ctx)
	if words != "" {
		why += "; its last words: " + words
	}
	verdict := &engine.Verdict{Why: why}
	fmt.Fprintln(f.log, verdict.Why)
	seen.Events = append(seen.Events, fmt.Sprintf("%s the deploy of %s (%s) failed: %s", seen.Taken.UTC().Format(time.RFC3339), f.Release.Name(), f.Release.Image, verdict.Why))
	if err := f.remember(f.Slot, func(r *record) { r.Failed = &seen }); err != nil {
		fmt.Fprintln(f.log, err)
	}
	err := f.goBack(ctx)
	if ctx.Err() != nil {
		return f.givenUp(ctx)
	}
	if err == nil {
		err = f.back(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s, and it is not known whether what was before is back: %w", verdict.Why, err)
	}
	if verdict.FailedOver = f.before != nil; verdict.FailedOver {
		fmt.Fprintf(f.log, "%s is live again\n", f.before.Version)
	}
	return verdict
}

// goBack asks for what was live before, or for an empty slot where nothing was.
func (f *rollout) goBack(ctx context.Context) error {
	if f.before == nil {
		return f.undo(ctx, "stop", f.command.Stop, f.request("", ""))
	}
	fmt.Fprintf(f.log, "going back to %s (%s)\n", f.before.Version, f.before.Image.Short())
	r := f.request(f.before.Image, f.before.Version)
	r.before = f.Release.Image
	if f.command.Rollback.Run != "" {
		return f.undo(ctx, "rollback", f.command.Rollback, r)
	}
	return f.undo(ctx, "deploy", f.command.Deploy, r)
}

// undo runs a command whose verdict would be none on the release.
func (f *rollout) undo(ctx context.Context, action string, c config.CommandLine, r request) error {
	err := f.do(ctx, action, c, r, f.log)
	if verdict, bad := errors.AsType[*engine.Verdict](err); bad {
		return errors.New(verdict.Why)
	}
	return err
}

// back waits until what was before is back.
func (f *rollout) back(ctx context.Context) error {
	return f.await(ctx, f.Slot, max(restoreTime, f.HealthTimeout), func(a answer) bool {
		if f.before == nil {
			return len(a.Instances) == 0
		}
		return a.settled(f.before.Image)
	})
}

// await looks until what runs is as it should be.
func (e *Environment) await(ctx context.Context, slot promotion.Slot, limit time.Duration, so func(answer) bool) error {
	began, silent := time.Now(), 0
	for {
		a, err := e.look(ctx, slot)
		switch {
		case err != nil:
			if silent++; silent >= silences || ctx.Err() != nil {
				return err
			}
		case so(a):
			return nil
		default:
			silent = 0
			if time.Since(began) > limit {
				return fmt.Errorf("%s: after %s there is still %s", e.Name(), promotion.Duration(limit), told(a.Instances, a.Wanted))
			}
		}
		if err := pause(ctx, e.command.Poll); err != nil {
			return err
		}
	}
}

// givenUp takes the deploy back that nobody waits for any more.
func (f *rollout) givenUp(ctx context.Context) error {
	why := context.Cause(ctx)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), givingUp)
	defer cancel()
	if err := f.goBack(ctx); err != nil {
		return fmt.Errorf("%s: the deploy of %s was given up (%w), and could not be taken back: %w", f.Name(), f.Release.Name(), why, err)
	}
	return fmt.Errorf("%s: the deploy of %s was given up: %w", f.Name(), f.Release.Name(), why)
}

// empty runs the command that takes away what runs in a slot, waits until nothing does, and forgets what was recorded.
func (e *Environment) empty(ctx context.Context, action string, c config.CommandLine, slot promotion.Slot, log io.Writer) error {
	if err := e.check(slot); err != nil {
		return err
	}
	held, err := e.hold(ctx, slot)
	if err != nil {
		return err
	}
	defer held.Close()
	f := &rollout{Environment: e, Rollout: engine.Rollout{Slot: slot}, log: log}
	if err := f.undo(ctx, action, c, request{slot: slot}); err != nil {
		return err
	}
	if err := e.await(ctx, slot, restoreTime, func(a answer) bool { return len(a.Instances) == 0 }); err != nil {
		return err
	}
	return e.forget(slot)
}
