package stages

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/process"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/reports"
)

// steps runs the commands of one stage: side by side where nothing is needed first, each in its own process group.
type steps struct {
	job *Job
	dir string
	env []string

	mu   sync.Mutex
	done map[string]chan struct{}
	ends map[string]*end
}

// end is how one step ended.
type end struct {
	step     promotion.Step
	err      error // nil: succeeded
	findings int
	cause    string
	line     int
}

// runSteps runs all steps and waits for every one of them, the failing ones too: a reader wants to know all that is
// red, not only what was red first. A step whose needs did not succeed is skipped.
func runSteps(ctx context.Context, job *Job, list []config.Step, dir string, env []string) (promotion.Result, error) {
	s := &steps{job: job, dir: dir, env: env, done: map[string]chan struct{}{}, ends: map[string]*end{}}
	for _, step := range list {
		s.done[step.Name] = make(chan struct{})
	}
	var all sync.WaitGroup
	for _, step := range list {
		all.Go(func() { s.run(ctx, step) })
	}
	all.Wait()
	// Where every step had ended, their verdict stands, whatever the time was by then.
	if err := context.Cause(ctx); err != nil && len(s.ends) < len(list) {
		return promotion.Result{}, err
	}
	return s.result(list)
}

func (s *steps) run(ctx context.Context, step config.Step) {
	defer close(s.done[step.Name])
	for _, need := range step.Needs {
		select {
		case <-s.done[need]:
		case <-ctx.Done():
			return
		}
		if s.end(need).err != nil {
			s.finish(step.Name, &end{step: promotion.Step{Name: step.Name, State: promotion.StateSkipped, Note: "needs " + need, Started: s.job.Now()},
				err: fmt.Errorf("needs %s", need)})
			return
		}
	}
	started := s.job.Now()
	s.job.Report(promotion.Step{Name: step.Name, State: promotion.StateRunning, Started: started})
	ended := s.execute(ctx, step)
	if ctx.Err() != nil {
		return
	}
	ended.step.Name, ended.step.Started = step.Name, started
	ended.step.Elapsed = promotion.Duration(s.job.Now().Sub(started))
	s.finish(step.Name, ended)
}

func (s *steps) end(name string) *end {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, found := s.ends[name]; found {
		return e
	}
	return &end{err: errors.New("did not end")}
}

func (s *steps) finish(name string, e *end) {
	s.mu.Lock()
	s.ends[name] = e
	s.mu.Unlock()
	s.job.Report(e.step)
}

// execute runs one command with its report's counter reading along. The log begins with the command itself: a compiler may be
// silent for a minute, and whoever reads a failure wants to repeat it.
func (s *steps) execute(ctx context.Context, step config.Step) *end {
	out, err := s.listen(step)
	if err != nil {
		return &end{err: err, step: promotion.Step{State: promotion.StateErrored}}
	}
	fmt.Fprintln(out.log, "$ "+strings.TrimSpace(step.Run))
	first := s.job.Log.Len()
	err = process.Run(ctx, process.Command{Line: step.Run, Dir: s.dir, Env: s.env, Stdout: out, Stderr: out.log})
	out.close()
	e := &end{err: err}
	s.read(step, out.counter, e)
	switch {
	case e.err == nil:
		e.step.State = promotion.StateSucceeded
	case isVerdict(e.err):
		e.step.State = promotion.StateFailed
	default:
		e.step.State = promotion.StateErrored
	}
	var exit *process.Exit
	if errors.As(err, &exit) {
		e.step.Exit = exit.Status
	}
	if e.err != nil {
		s.explain(step, first, e)
	}
	return e
}

// read takes the step's report into account: a report with failures fails the step even if its command exited with 0, and
// a command that was killed has judged nothing but what its report proves.
func (s *steps) read(step config.Step, counter *counting, e *end) {
	summary, err := s.summary(step, counter)
	if killed := noVerdict(e.err, summary); killed != nil {
		summary.Tests = summary.Proven()
		e.err, e.cause = killed, killed.Error()
	} else if err != nil {
		if e.err == nil {
			e.err = fmt.Errorf("step %s succeeded but its report cannot be read: %w", step.Name, err)
		}
		return
	}
	e.findings = len(summary.Findings)
	switch step.Report {
	case "":
		return
	case "sarif":
		e.step.Note = fmt.Sprintf("%d findings", e.findings)
		e.step.Findings = summary.Record()
	default:
		tests := summary.Tests
		tests.Flaky = summary.Flaky
		e.step.Tests = &tests
	}
	if e.err == nil && summary.Failed() {
		e.err = &engine.Verdict{Why: summary.Cause()}
	}
	if e.cause == "" && summary.Failed() {
		e.cause = summary.Cause()
	}
}

// summary is what the step's report says, of a step that has one.
func (s *steps) summary(step config.Step, counter *counting) (reports.Summary, error) {
	switch {
	case counter != nil:
		return counter.close()
	case step.Report != "" && step.File != "":
		return reports.ReadFile(step.Report, s.file(step.File))
	}
	return reports.Summary{}, nil
}

// noVerdict is why a command that did not succeed has not judged either: it was killed before its report proved anything.
func noVerdict(err error, summary reports.Summary) error {
	var exit *process.Exit
	if !errors.As(err, &exit) || summary.Proves() || !exit.Killed() && summary.Killed == "" {
		return nil
	}
	how := exit.Error()
	if summary.Killed != "" {
		how = summary.Killed
	}
	return fmt.Errorf("it was killed from outside (%s) before it came to a verdict: look whether memory or time ran out, then try again", how)
}

// file is where a step's report lies: below the step's directory, unless it says exactly where.
func (s *steps) file(name string) string {
	if name = expand(name, s.env); filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.dir, name)
}

// explain finds the one line that says why the step failed.
func (s *steps) explain(step config.Step, first int, e *end) {
	line, text, found := firstError(s.job.Log, step.Name, first)
	if found {
		e.line = line
		if e.cause == "" {
			e.cause = text
		}
	}
	if e.cause == "" {
		e.cause = e.err.Error()
	}
}

// result sums up: the cause is that of the first failed step in the configuration's order.
func (s *steps) result(list []config.Step) (promotion.Result, error) {
	var result promotion.Result
	var bad error
	findings, scanned := 0, false
	for _, step := range list {
		e := s.end(step.Name)
		if t := e.step.Tests; t != nil {
			result.Tests = addTests(result.Tests, *t)
		}
		if step.Report == "sarif" {
			findings, scanned = findings+e.findings, true
		}
		if e.err != nil && e.step.State != promotion.StateSkipped && bad == nil {
			result.Cause, result.CauseStep, result.CauseLine = e.cause, step.Name, e.line
			bad = fmt.Errorf("step %s: %w", step.Name, e.err)
			if isVerdict(e.err) {
				bad = &engine.Verdict{Why: fmt.Sprintf("%s: %s", step.Name, e.cause)}
			}
		}
	}
	if scanned {
		result.Note = fmt.Sprintf("%d findings", findings)
	}
	return result, bad
}

// isVerdict tells a command that judged (it ran and exited with a status) from one that could not run.
func isVerdict(err error) bool {
	var exit *process.Exit
	var verdict *engine.Verdict
	return errors.As(err, &exit) || errors.As(err, &verdict)
}

func addTests(sum *promotion.Tests, t promotion.Tests) *promotion.Tests {
	if sum == nil {
		sum = &promotion.Tests{}
	}
	sum.Passed += t.Passed
	sum.Failed += t.Failed
	sum.Skipped += t.Skipped
	sum.Failing = append(sum.Failing, t.Failing...)
	sum.Flaky = append(sum.Flaky, t.Flaky...)
	return sum
}
