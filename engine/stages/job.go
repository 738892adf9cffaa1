// Package stages is what each kind of stage does. A stage reads its Job, works, and returns a Result; it decides
// nothing about what comes next.
package stages

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stubs"
)

// Job is one attempt of one stage and all that it may touch.
type Job struct {
	Run     promotion.Run
	Stage   promotion.Stage
	Attempt int

	Pipeline     config.Pipeline // the run's own copy
	Service      config.Service
	Environments func(name string) (engine.Environment, error)
	Stubs        stubs.Store
	Work         Workspace
	Log          Log
	Report       func(promotion.Step)                     // a step started or ended
	Progress     func(step string, tests promotion.Tests) // live counts of a running step
	Now          func() time.Time
}

// Log takes what an attempt writes.
type Log interface {
	// Writer is where a step writes; lines are complete when they end or when it is closed.
	Writer(step string) io.WriteCloser
	// Lines reads back what was written so far.
	Lines(from, n int) ([]engine.LogLine, error)
	Len() int
}

// Workspace is where a run keeps its files.
type Workspace struct {
	Dir string // the run's own directory
}

// Images is where OCI images wait to be pushed.
func (w Workspace) Images() string { return filepath.Join(w.Dir, "images") }

// Scratch is what nobody needs once the run has ended: its images are in the environments by then.
func (w Workspace) Scratch() []string {
	return []string{w.Source(), w.Out(), w.Images(), filepath.Join(w.Dir, "suites")}
}

// Source is the directory of the checkout.
func (w Workspace) Source() string { return filepath.Join(w.Dir, "source") }

// Out is where build steps put what they made: $GANTRY_OUT.
func (w Workspace) Out() string { return filepath.Join(w.Dir, "out") }

// Exchanges is the file of exchanges recorded while E2E ran.
func (w Workspace) Exchanges() string { return filepath.Join(w.Dir, "exchanges.jsonl") }

// Bundle is the file of the generated stub bundle.
func (w Workspace) Bundle() string { return filepath.Join(w.Dir, "stubs.tar.gz") }

// suites is where an environment's copy of a release's suites is unpacked.
func (w Workspace) suites(environment string, verification promotion.Digest) string {
	return filepath.Join(w.Dir, "suites", environment+"-"+verification.Short())
}

type executor func(context.Context, *Job) (promotion.Result, error)

var executors = map[promotion.Kind]executor{
	promotion.KindBuild:      build,
	promotion.KindContract:   contract,
	promotion.KindPush:       push,
	promotion.KindCopy:       copyImages,
	promotion.KindMigrate:    migrate,
	promotion.KindCompat:     compat,
	promotion.KindDeploy:     deploy,
	promotion.KindAcceptance: verify,
	promotion.KindE2E:        verify,
	promotion.KindStub:       generateStub,
	promotion.KindPublish:    publishStub,
	promotion.KindEvidence:   evidence,
	promotion.KindRollback:   rollback,
	promotion.KindRemove:     remove,
}

// Execute does the stage's work. A nil error is success; an *engine.Verdict in the error's chain is a negative verdict;
// any other error means that there is no verdict.
func Execute(ctx context.Context, job *Job) (promotion.Result, error) {
	execute, known := executors[job.Stage.Kind]
	if !known {
		return promotion.Result{}, fmt.Errorf("stage %s is of kind %q, which this Gantry cannot execute", job.Stage.ID, job.Stage.Kind)
	}
	if err := os.MkdirAll(job.Work.Dir, 0o700); err != nil {
		return promotion.Result{}, fmt.Errorf("make the run's directory: %w", err)
	}
	return execute(ctx, job)
}

// slot is where the stage's environment runs the service.
func (j *Job) slot() promotion.Slot { return j.Run.Plan.Slot(j.Stage.ID.Column()) }

// environment is the stage's environment.
func (j *Job) environment() (engine.Environment, error) { return j.Environments(j.Stage.ID.Column()) }

// configured is the stage's environment as configured.
func (j *Job) configured() config.Environment {
	for _, e := range j.Pipeline.Environments {
		if e.Name == j.Stage.ID.Column() {
			return e
		}
	}
	return config.Environment{}
}

// dependencies are the slots of the services that this one depends on, in the stage's environment.
func (j *Job) dependencies() []promotion.Slot {
	var slots []promotion.Slot
	for _, name := range j.Service.DependsOn {
		slot := promotion.Slot{Environment: j.Stage.ID.Column(), Service: name}
		for _, s := range j.Pipeline.Services {
			if s.Name == name && j.configured().TeamIsolation {
				slot.Team = s.Team
			}
		}
		slots = append(slots, slot)
	}
	return slots
}

// say writes one line of Gantry's own into the log.
func (j *Job) say(format string, args ...any) {
	w := j.Log.Writer("")
	fmt.Fprintf(w, format+"\n", args...)
	w.Close()
}

// release is the run's release so far, as a copy that a stage may add to.
func (j *Job) release() promotion.Release { return j.Run.Release }
