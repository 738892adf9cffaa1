package stages

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stubs"
)

// EvidenceFile is where a rollback keeps what it captured, below the run's directory.
const EvidenceFile = "evidence.json"

// evidence captures what the platform knows before anything is reverted. It never stands in a rollback's way: what
// could not be captured is a warning.
func evidence(ctx context.Context, job *Job) (promotion.Result, error) {
	environment, err := job.environment()
	if err != nil {
		return promotion.Result{}, err
	}
	found, err := environment.Evidence(ctx, job.slot(), job.since())
	if err != nil {
		job.say("no evidence could be captured: %v", err)
		return promotion.Result{Warnings: []string{"no evidence: " + err.Error()}, Note: "none"}, nil
	}
	text, err := json.MarshalIndent(found, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(job.Work.Dir, EvidenceFile), text, 0o600)
	}
	if err != nil {
		return promotion.Result{Warnings: []string{"evidence was captured but not kept: " + err.Error()}}, nil
	}
	job.say("%s; %d events, %d logs captured", found.Live, len(found.Events), len(found.Logs))
	job.tell("events", strings.Join(found.Events, "\n"))
	for _, file := range found.Logs {
		job.tell(file.Name, file.Text)
	}
	return promotion.Result{Note: fmt.Sprintf("%d events", len(found.Events))}, nil
}

// tell writes a piece of evidence into the log, for those who have no console to look at it.
func (j *Job) tell(name, text string) {
	w := j.Log.Writer(name)
	fmt.Fprintln(w, strings.TrimRight(text, "\n"))
	w.Close()
}

// since is how far back evidence is of interest: the target's own deployment is certainly older than the trouble.
func (j *Job) since() time.Time { return j.Run.Started.Add(-time.Hour) }

// rollback makes the target live again, or empties the environment when nothing was ever good in it. It has succeeded
// when the live digest is the target's and healthy, whatever any command said.
func rollback(ctx context.Context, job *Job) (promotion.Result, error) {
	environment, err := job.environment()
	if err != nil {
		return promotion.Result{}, err
	}
	target := job.Run.Plan.Revert.Target
	if target == nil {
		out := job.Log.Writer("stop")
		err := environment.Stop(ctx, job.slot(), out)
		out.Close()
		if err != nil {
			return promotion.Result{}, fmt.Errorf("stop the failed release: %w", err)
		}
		live, err := environment.Live(ctx, job.slot())
		if err != nil {
			return promotion.Result{}, fmt.Errorf("stopped the failed release, but whether anything is live cannot be told: %w", err)
		}
		if live != nil {
			return promotion.Result{}, &engine.Verdict{Why: "stopped the failed release, but " + describe(live) + " is live"}
		}
		return promotion.Result{Emptied: true, Note: "empty"}, job.moveStubBack(ctx, nil)
	}
	if err := job.rollOut(ctx, environment, target.Release); err != nil {
		return resultOf(err), err
	}
	job.say("%s is live again and healthy", target.Release.Name())
	return promotion.Result{Deployment: job.deployment(target.Release, "rolled back"), Note: target.Release.Version}, job.moveStubBack(ctx, target)
}

// moveStubBack lets the environment's stub channel speak of what is live again.
func (j *Job) moveStubBack(ctx context.Context, target *promotion.Deployment) error {
	channel := j.configured().StubChannel
	if channel == "" || j.Stubs == nil {
		return nil
	}
	service := j.Run.Plan.Service
	if target == nil || target.Release.Stub == "" {
		return j.emptyChannel(ctx, service, channel)
	}
	err := j.Stubs.Tag(ctx, service, target.Release.Stub, channel)
	if errors.Is(err, stubs.ErrNone) { // published to another store, or cleaned up: then the channel speaks of nothing
		j.say("the stub %s of %s is not in the artifact store any more: channel %s is emptied, until a release is promoted", target.Release.Stub.Short(), service, channel)
		return j.emptyChannel(ctx, service, channel)
	}
	if err != nil {
		return fmt.Errorf("move channel %s of %s back to %s: %w", channel, service, target.Release.Stub.Short(), err)
	}
	j.say("channel %s of %s points at stub %s", channel, service, target.Release.Stub.Short())
	return nil
}

func (j *Job) emptyChannel(ctx context.Context, service, channel string) error {
	if err := j.Stubs.Untag(ctx, service, channel); err != nil {
		return fmt.Errorf("take the stub of %s from channel %s: %w", service, channel, err)
	}
	return nil
}
