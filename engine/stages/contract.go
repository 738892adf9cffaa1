package stages

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/source"
	"github.com/gantry-cd/gantry/engine/stubs"
)

// contract runs the service's contract tests against the stubs of the services it depends on, once per channel. The
// last environment's channel decides; a failure against an earlier one warns that the next version will break us.
func contract(ctx context.Context, job *Job) (promotion.Result, error) {
	dir, err := source.Dir(job.Run.Plan.Source, job.Work.Source())
	if err != nil {
		return promotion.Result{}, fmt.Errorf("the checkout is gone, rerun the build: %w", err)
	}
	if _, err := os.Stat(dir); err != nil {
		return promotion.Result{}, fmt.Errorf("the checkout is gone, rerun the build: %w", err)
	}
	release := job.release()
	release.Tested = maps.Clone(release.Tested)
	if release.Tested == nil {
		release.Tested = map[string]promotion.Digest{}
	}
	channels := Channels(job.Pipeline)
	result, err := job.contractOn(ctx, channels[0], dir, release.Tested, true)
	if err != nil {
		return result, err
	}
	for _, channel := range channels[1:] {
		next, err := job.contractOn(ctx, channel, dir, release.Tested, false)
		if isBreach(err) {
			result.Warnings = append(result.Warnings, fmt.Sprintf("the next version of a dependency (channel %s) breaks this release: %v", channel, err))
		} else if err != nil {
			return result, err
		}
		result.Warnings = append(result.Warnings, next.Warnings...)
	}
	result.Release = &release
	result.Note = fmt.Sprintf("%d deps", len(job.Service.DependsOn))
	return result, nil
}

func isBreach(err error) bool {
	var verdict *engine.Verdict
	return errors.As(err, &verdict)
}

// Channels are a pipeline's stub channels in the order of their say: the last environment's first, which decides.
func Channels(p config.Pipeline) []string {
	var channels []string
	for _, e := range slices.Backward(p.Environments) {
		if e.StubChannel != "" && !slices.Contains(channels, e.StubChannel) {
			channels = append(channels, e.StubChannel)
		}
	}
	if len(channels) == 0 {
		return []string{""}
	}
	return channels
}

// served is one dependency's stub, answering on loopback.
type served struct {
	service string
	server  *stubs.Server
}

// contractOn runs the tests against the stubs of one channel. Where the channel does not decide, a dependency without a
// stub there, or with the same one as tested before, leaves nothing to find out.
func (j *Job) contractOn(ctx context.Context, channel, dir string, tested map[string]promotion.Digest, decides bool) (promotion.Result, error) {
	env := j.buildVariables()
	var servers []served
	defer func() {
		for _, s := range servers {
			s.server.Close()
		}
	}()
	news := decides
	for _, service := range j.Service.DependsOn {
		digest, err := j.Stubs.Resolve(ctx, service, channel)
		if errors.Is(err, stubs.ErrNone) {
			if !decides {
				return promotion.Result{}, nil
			}
			return promotion.Result{}, &engine.Verdict{Why: fmt.Sprintf("%s has no stub in channel %q: promote it first (gantry run %s)", service, channel, service)}
		}
		if err != nil {
			return promotion.Result{}, fmt.Errorf("which stub of %s is in channel %s: %w", service, channel, err)
		}
		news = news || !tests(tested, service, digest)
		tested[service+"@"+channel] = digest
		server, err := j.serve(ctx, service, digest)
		if err != nil {
			return promotion.Result{}, err
		}
		servers = append(servers, served{service, server})
		env = append(env, engine.EndpointVariable(service)+"="+server.URL())
		j.say("%s@%s is stub %s at %s", service, channel, digest.Short(), server.URL())
	}
	if !news {
		return promotion.Result{}, nil
	}
	result, err := runSteps(ctx, j, j.Service.ContractTests.Steps, dir, env)
	if err != nil {
		result, err = blame(servers, result, err)
		return result, err
	}
	return heard(servers, result)
}

func tests(tested map[string]promotion.Digest, service string, digest promotion.Digest) bool {
	for name, d := range tested {
		if d == digest && len(name) > len(service) && name[:len(service)+1] == service+"@" {
			return true
		}
	}
	return false
}

func (j *Job) serve(ctx context.Context, service string, digest promotion.Digest) (*stubs.Server, error) {
	bundle, err := j.Stubs.Get(ctx, service, digest)
	if err != nil {
		return nil, fmt.Errorf("fetch the stub %s of %s: %w", digest.Short(), service, err)
	}
	server, err := stubs.Serve(bundle, 0)
	if err != nil {
		return nil, fmt.Errorf("serve the stub %s of %s: %w", digest.Short(), service, err)
	}
	return server, nil
}

// blame puts an unmatched request before the failed test that followed from it.
func blame(servers []served, result promotion.Result, err error) (promotion.Result, error) {
	for _, s := range servers {
		if unmatched := s.server.Unmatched(); len(unmatched) > 0 && isVerdictOf(err) {
			result.Cause = fmt.Sprintf("the stub of %s knows no such request: %s", s.service, unmatched[0])
			return result, &engine.Verdict{Why: result.Cause}
		}
	}
	return result, err
}

func isVerdictOf(err error) bool { return isVerdict(err) }

// heard judges by what the stubs heard: a request that no stub matched fails the stage even if no test noticed, and a
// dependency that was never called is a warning.
func heard(servers []served, result promotion.Result) (promotion.Result, error) {
	for _, s := range servers {
		if unmatched := s.server.Unmatched(); len(unmatched) > 0 {
			result.Cause = fmt.Sprintf("the stub of %s knows no such request: %s", s.service, unmatched[0])
			return result, &engine.Verdict{Why: result.Cause}
		}
		calls := 0
		for _, n := range s.server.Hits() {
			calls += n
		}
		if calls == 0 {
			result.Warnings = append(result.Warnings, s.service+" was never called: its contract is not tested")
		}
	}
	return result, nil
}
