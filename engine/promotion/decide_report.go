package promotion

import (
	"fmt"
	"slices"
	"time"
)

// report decides what a driver says about the attempt that runs. A report about any other attempt is late and refused.
func (d *decision) report() error {
	c := d.command
	_, stage, ok := d.run.Current()
	if !ok || stage.ID != c.Stage || stage.State != StateRunning || stage.Last().N != c.Attempt {
		return d.refuse("", "attempt %d of %s is not running any more", c.Attempt, c.Stage)
	}
	switch c.Verb {
	case VerbReportStep:
		return d.reportStep()
	case VerbReportSuccess:
		return d.succeed(stage)
	case VerbReportFailure:
		d.end(StageFailed)
		d.fail(stage)
	case VerbReportError:
		d.end(StageErrored)
		d.repeatOrAsk(stage, stage.Stage.Retries)
	case VerbReportStall:
		d.end(StageStalled)
		d.repeatOrAsk(stage, 0)
	case VerbReportLost:
		d.end(StageInterrupted)
		if !stage.Stage.Once {
			d.emit(Event{Type: StageRetried, Stage: stage.ID, Actor: "gantry", Reason: "safe to repeat"})
		}
	}
	return nil
}

func (d *decision) reportStep() error {
	c := d.command
	if c.Step == nil {
		return d.refuse("", "a report of a step needs the step")
	}
	kind := StepFinished
	if c.Step.State == StateRunning {
		kind = StepStarted
	}
	d.emit(Event{Type: kind, Stage: c.Stage, Attempt: c.Attempt, Step: c.Step})
	return nil
}

func (d *decision) succeed(stage StageState) error {
	c := d.command
	if c.Result != nil && c.Result.Release != nil {
		if err := d.sameRelease(*c.Result.Release); err != nil {
			return err
		}
	}
	d.end(StageSucceeded)
	d.advance(stage.ID)
	return nil
}

// sameRelease refuses a result that would change a digest once it is known, or bring another image once an environment
// was entered: what enters an environment is what passed the one before.
func (d *decision) sameRelease(next Release) error {
	known := d.run.Release
	entered := slices.ContainsFunc(d.run.Columns, func(c ColumnState) bool { return c.Entered })
	for _, pair := range []struct {
		what      string
		was, will Digest
		known     bool
	}{
		{"image", known.Image, next.Image, entered},
		{"migration image", known.Migration, next.Migration, entered},
		{"verification suites", known.Verification, next.Verification, entered},
		{"stub", known.Stub, next.Stub, false},
	} {
		if (pair.known || pair.was != "") && pair.was != pair.will {
			return d.refuse("", "the %s would change from %s to %s within the run", pair.what, pair.was, pair.will)
		}
	}
	if next.Service != known.Service || next.Commit != known.Commit {
		return d.refuse("", "the release would become %s %s", next.Service, next.Name())
	}
	return nil
}

// end ends the attempt with the given event. What it changed in the environment counts, whatever its end.
func (d *decision) end(kind EventType) {
	c := d.command
	reason := c.Reason
	if reason == "" && c.Result != nil {
		reason = c.Result.Cause
	}
	d.emit(Event{Type: kind, Stage: c.Stage, Attempt: c.Attempt, Result: c.Result, Reason: reason})
	if c.Result != nil && (c.Result.Deployment != nil || c.Result.Emptied) {
		d.live(c.Stage.Column(), c.Result.Deployment)
	}
}

// fail applies the policy to a negative verdict; before is the stage as it was when the attempt ran.
func (d *decision) fail(before StageState) {
	if before.Stage.RetryFailed && badEnds(before) < before.Stage.Retries {
		d.repeat(before, "the verdict was negative: tried again, as retry_failed says")
		return
	}
	if d.run.Plan.Kind == Rollback {
		d.failRollback()
		return
	}
	if d.run.isReprovision() { // whoever asked for it looks at it
		return
	}
	column, stage, _ := d.run.Current()
	onFailure, holdFor := column.Column.OnFailure, column.Column.HoldFor
	if stage.Stage.OnFailure != "" {
		onFailure, holdFor = stage.Stage.OnFailure, stage.Stage.HoldFor
	}
	if onFailure != "hold" && !d.run.Paused {
		d.emitRollbacks(stage.Reason)
		return
	}
	held := Event{Type: RunHeld, Stage: stage.ID, Actor: "gantry", Reason: fmt.Sprintf("%s failed: %s", stage.ID, stage.Reason)}
	if wait := time.Duration(holdFor); wait > 0 && !d.run.Paused {
		until := d.now.Add(wait)
		held.Until = &until
	}
	d.emit(held)
}

// repeatOrAsk repeats an attempt without a verdict so many times, unless it is marked as not safe to repeat; afterwards
// a person is asked. A rollback does not ask: it must end, loudly.
func (d *decision) repeatOrAsk(stage StageState, repeats int) {
	if !stage.Stage.Once && badEnds(stage) < repeats {
		d.repeat(stage, "no verdict: tried again")
		return
	}
	if d.run.Plan.Kind == Rollback {
		d.failRollback()
	}
}

// repeat tries a stage once more by itself, each time after twice the time.
func (d *decision) repeat(before StageState, why string) {
	retried := Event{Type: StageRetried, Stage: before.ID, Actor: "gantry", Reason: why}
	if backoff := time.Duration(before.Stage.Backoff); backoff > 0 {
		until := d.now.Add(backoff << min(badEnds(before), 10))
		retried.Until = &until
	}
	d.emit(retried)
}

// failRollback ends a rollback that cannot go on. Evidence that cannot be had keeps no environment from being put right.
func (d *decision) failRollback() {
	if _, stage, ok := d.run.Current(); ok && stage.Stage.Kind == KindEvidence {
		d.emit(Event{Type: StageSkipped, Stage: stage.ID, Actor: "gantry", Reason: "rolled back without it: " + stage.Reason})
		d.advance(stage.ID)
		return
	}
	d.emit(Event{Type: RunFinished, Outcome: RollbackFailed, Reason: d.badReason(), Actor: "gantry"})
}

// badEnds counts the stage's attempts that count against its retries before the one that runs: those without a verdict,
// and negative ones where these are repeated too.
func badEnds(s StageState) int {
	n := 0
	for _, a := range s.Attempts {
		if a.State == StateErrored || a.State == StateStalled || a.State == StateFailed && s.Stage.RetryFailed {
			n++
		}
	}
	return n
}
