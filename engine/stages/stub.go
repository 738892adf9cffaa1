package stages

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stubs"
)

// generateStub makes the service's stub from the exchanges that E2E recorded, checks them against the contract, and
// replays the stub against the running service: what other teams will test against is what the service really does.
func generateStub(ctx context.Context, job *Job) (promotion.Result, error) {
	exchanges, err := stubs.LoadExchanges(job.Work.Exchanges())
	if err != nil {
		return promotion.Result{}, fmt.Errorf("the exchanges that E2E recorded are gone, rerun from e2e: %w", err)
	}
	environment, err := job.environment()
	if err != nil {
		return promotion.Result{}, err
	}
	contract, err := job.contractDocument(ctx, environment)
	if err != nil {
		return promotion.Result{}, err
	}
	endpoint, err := environment.Endpoint(ctx, job.slot())
	if err != nil {
		return promotion.Result{}, err
	}
	release := job.release()
	bundle, err := stubs.Generate(ctx, stubs.Input{
		Service: release.Service, Version: release.Version, Commit: release.Commit, Image: release.Image,
		Contract: contract, Exchanges: exchanges, BaseURL: endpoint,
	})
	if err != nil {
		return refused(err)
	}
	if err := stubs.Verify(ctx, &bundle, endpoint); err != nil {
		return refused(err)
	}
	packed, err := bundle.Pack()
	if err != nil {
		return promotion.Result{}, err
	}
	if err := os.WriteFile(job.Work.Bundle(), packed, 0o600); err != nil {
		return promotion.Result{}, fmt.Errorf("keep the stub bundle: %w", err)
	}
	job.say("%d stubs made from %d exchanges, checked against the contract and replayed against %s", bundle.Len(), len(exchanges), endpoint)
	return promotion.Result{Note: fmt.Sprintf("%d stubs", bundle.Len()), Warnings: bundle.Warnings()}, nil
}

// refused turns a refusal of the bundle into a verdict; anything else stays an error without one.
func refused(err error) (promotion.Result, error) {
	var refusal *stubs.Refusal
	if errors.As(err, &refusal) {
		return promotion.Result{Cause: refusal.Error()}, &engine.Verdict{Why: refusal.Error()}
	}
	return promotion.Result{}, err
}

// contractDocument is the OpenAPI document that travelled with the release.
func (j *Job) contractDocument(ctx context.Context, environment engine.Environment) ([]byte, error) {
	dir, err := j.fetchSuites(ctx, environment, j.release())
	if err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, contractFile))
}

// publishStub puts the stub into the artifact store where it was generated, and moves the environment's channel to it.
func publishStub(ctx context.Context, job *Job) (promotion.Result, error) {
	release := job.release()
	if job.configured().PublishStub {
		packed, err := os.ReadFile(job.Work.Bundle())
		if err != nil {
			return promotion.Result{}, fmt.Errorf("the generated stub is gone, rerun from the stub stage: %w", err)
		}
		bundle, err := stubs.Unpack(packed)
		if err != nil {
			return promotion.Result{}, fmt.Errorf("read the generated stub: %w", err)
		}
		if release.Stub, err = job.Stubs.Put(ctx, release.Service, bundle); err != nil {
			return promotion.Result{}, fmt.Errorf("publish the stub: %w", err)
		}
	}
	channel := job.configured().StubChannel
	if release.Stub == "" {
		return promotion.Result{Warnings: []string{"the release carries no stub: channel " + channel + " stays where it is"}, Note: "no stub"}, nil
	}
	if err := job.Stubs.Tag(ctx, release.Service, release.Stub, channel); err != nil {
		return promotion.Result{}, fmt.Errorf("move channel %s: %w", channel, err)
	}
	job.say("channel %s of %s points at stub %s", channel, release.Service, release.Stub)
	return promotion.Result{Release: &release, Note: release.Service + "@" + channel}, nil
}
