package stages

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/process"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stubs"
)

// suite is what a verification image says of one of its suites; it lies in the image as "<kind>.json".
type suite struct {
	Run    string `json:"run"`
	Report string `json:"report"`
}

// verify runs the release's own acceptance or E2E suite against the environment.
func verify(ctx context.Context, job *Job) (promotion.Result, error) {
	return job.verify(ctx, job.release(), job.Stage.Kind)
}

// compat runs the acceptance suite of the version that is still live on the schema that has just been migrated: that
// is what "every migration is backward compatible" means.
func compat(ctx context.Context, job *Job) (promotion.Result, error) {
	column, _ := job.Run.Column(job.Stage.ID.Column())
	if column.Live == nil {
		return promotion.Result{}, fmt.Errorf("nothing was live in %s when the run entered it", column.Name)
	}
	job.say("the acceptance suite of %s, which is live, runs on the migrated schema", column.Live.Release.Name())
	result, err := job.verify(ctx, column.Live.Release, promotion.KindAcceptance)
	var verdict *engine.Verdict
	if errors.As(err, &verdict) {
		result.Cause = fmt.Sprintf("%s, which is live, does not work on the migrated schema: %s", column.Live.Release.Name(), verdict.Why)
		err = &engine.Verdict{Why: result.Cause}
	}
	return result, err
}

func (j *Job) verify(ctx context.Context, release promotion.Release, kind promotion.Kind) (promotion.Result, error) {
	environment, err := j.environment()
	if err != nil {
		return promotion.Result{}, err
	}
	dir, s, err := j.unpackSuite(ctx, environment, release, kind)
	if err != nil {
		return promotion.Result{}, err
	}
	endpoint, err := environment.Endpoint(ctx, j.slot())
	if err != nil {
		return promotion.Result{}, err
	}
	recorder, err := j.record(kind, endpoint)
	if err != nil {
		return promotion.Result{}, err
	}
	if recorder != nil {
		endpoint = recorder.URL()
	}
	env, err := j.suiteVariables(ctx, environment, endpoint)
	if err != nil {
		if recorder != nil {
			_, closed := recorder.Close()
			err = errors.Join(err, closed)
		}
		return promotion.Result{}, err
	}
	step := config.Step{Name: string(kind), Run: s.Run, Report: s.Report}
	result, err := runSteps(ctx, j, []config.Step{step}, dir, env)
	if recorder == nil {
		return result, err
	}
	exchanges, closed := recorder.Close()
	if err != nil || closed != nil {
		return result, firstOf(err, closed)
	}
	j.say("recorded %d exchanges for the stub", len(exchanges))
	return result, stubs.SaveExchanges(j.Work.Exchanges(), exchanges)
}

// record puts a recorder before the service while E2E runs where the stub is made.
func (j *Job) record(kind promotion.Kind, endpoint string) (*stubs.Recorder, error) {
	if kind != promotion.KindE2E || !j.configured().PublishStub || j.Service.Contract == "" {
		return nil, nil
	}
	recorder, err := stubs.StartRecorder(endpoint)
	if err != nil {
		return nil, fmt.Errorf("record the exchanges of E2E: %w", err)
	}
	return recorder, nil
}

// unpackSuite fetches the suite that was built with the release from the environment's own repository.
func (j *Job) unpackSuite(ctx context.Context, environment engine.Environment, release promotion.Release, kind promotion.Kind) (string, suite, error) {
	dir, err := j.fetchSuites(ctx, environment, release)
	if err != nil {
		return "", suite{}, err
	}
	text, err := os.ReadFile(filepath.Join(dir, string(kind)+".json"))
	if err != nil {
		return "", suite{}, fmt.Errorf("%s carries no %s suite: %w", release.Name(), kind, err)
	}
	var s suite
	if err := json.Unmarshal(text, &s); err != nil {
		return "", suite{}, fmt.Errorf("read the %s suite of %s: %w", kind, release.Name(), err)
	}
	return filepath.Join(dir, string(kind)), s, nil
}

// fetchSuites unpacks what was built with the release to verify it from the environment's own repository: once for all
// stages of the environment, and anew for a repeated attempt, which must not find what the one before left.
func (j *Job) fetchSuites(ctx context.Context, environment engine.Environment, release promotion.Release) (string, error) {
	dir := j.Work.suites(environment.Name(), release.Verification)
	if j.Attempt > 1 {
		if err := os.RemoveAll(dir); err != nil {
			return "", fmt.Errorf("make room for the suites: %w", err)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	from, err := environment.Repository(ctx, j.slot(), "verification")
	if err != nil {
		return "", err
	}
	err = j.action("fetch", func() error {
		_, err := images.Pull(ctx, from, release.Verification, dir)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("fetch the verification suites of %s: %w", release.Name(), err)
	}
	return dir, nil
}

// suiteVariables is all that a suite gets to see: where the service and its dependencies are in this environment, and
// the environment's own variables.
func (j *Job) suiteVariables(ctx context.Context, environment engine.Environment, endpoint string) ([]string, error) {
	env := append(process.Surroundings(), environment.Variables()...)
	env = append(env, "BASE_URL="+endpoint)
	for _, slot := range j.dependencies() {
		url, err := environment.Endpoint(ctx, slot)
		if err != nil {
			return nil, fmt.Errorf("where is %s: %w", slot, err)
		}
		env = append(env, engine.EndpointVariable(slot.Service)+"="+url)
	}
	return env, nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
