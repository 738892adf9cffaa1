package numbers

import (
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// change is one time at which something else went live in production.
type change struct {
	run      promotion.Run
	at       time.Time
	rollback bool
	decided  bool // of a promotion: whether it failed is known
	failed   bool
}

// production follows what was live in the last environment, and when it was not good.
func (s *sample) production(runs []promotion.Run, o Options) {
	changes := changesOf(runs, o.last())
	first := map[string]bool{}
	var broken time.Time // since when a failed release is live; zero: what is live is good
	for _, c := range changes {
		repairs := c.rollback || !broken.IsZero()
		if o.within(c.at) {
			s.changes++
			if repairs {
				s.rework++
			}
			s.deployed(c, first[c.run.Release.Commit])
		}
		switch {
		case !broken.IsZero() && (c.rollback || c.decided && !c.failed):
			if o.within(broken) {
				s.recoveries = append(s.recoveries, c.at.Sub(broken))
			}
			broken = time.Time{}
		case broken.IsZero() && c.failed:
			broken = c.at
		}
		if !c.rollback {
			first[c.run.Release.Commit] = true
		}
	}
	if !broken.IsZero() && o.within(broken) {
		s.open++
	}
}

// deployed takes up a promotion that went live. again says that its commit has been live before: there is no lead time
// in that.
func (s *sample) deployed(c change, again bool) {
	if c.rollback {
		return
	}
	s.deployments++
	if c.decided {
		s.decided++
	}
	if c.failed {
		s.failed++
	}
	if committed := c.run.Plan.Source.Committed; !committed.IsZero() && !again && c.run.Release.Dirty == "" {
		s.leads = append(s.leads, max(0, c.at.Sub(committed)))
	}
	s.paths++
	s.total += c.at.Sub(c.run.Started)
	s.working += working(c.run, c.at)
}

// working is how long stages of the run were at work until a moment. Within a run they follow one another.
func working(run promotion.Run, until time.Time) time.Duration {
	var sum time.Duration
	for _, column := range run.Columns {
		for _, stage := range column.Stages {
			for _, attempt := range stage.Attempts {
				end := attempt.Ended
				if end.IsZero() || end.After(until) {
					end = until
				}
				sum += max(0, end.Sub(attempt.Started))
			}
		}
	}
	return sum
}

// changesOf are what went live in an environment, oldest first.
func changesOf(runs []promotion.Run, environment string) []change {
	var changes []change
	for _, run := range runs {
		column, found := run.Column(environment)
		if !found {
			continue
		}
		if run.Plan.Kind == promotion.Rollback {
			if run.Outcome == promotion.RolledBack {
				changes = append(changes, change{run: run, at: run.Finished, rollback: true})
			}
			continue
		}
		if at, live := wentLive(run, column); live {
			c := change{run: run, at: at, failed: failedIn(column) || rolledBackIn(run, environment)}
			c.decided = c.failed || column.Passed || run.Done()
			changes = append(changes, c)
		}
	}
	slices.SortStableFunc(changes, func(a, b change) int { return a.at.Compare(b.at) })
	blame(changes)
	return changes
}

// wentLive is when the promotion's release went live in the column. One that the platform took back by itself never did.
func wentLive(run promotion.Run, column promotion.ColumnState) (time.Time, bool) {
	if column.Deployed == nil || column.Deployed.Release.Image != run.Release.Image || column.Deployed.Cause != "promoted" {
		return time.Time{}, false
	}
	for _, stage := range column.Stages {
		if stage.Stage.Kind == promotion.KindDeploy && stage.State == promotion.StateSucceeded {
			return stage.Last().Ended, true
		}
	}
	return column.Deployed.Since, true
}

// failedIn tells whether a verification of the column said no, also when a person did not listen.
func failedIn(column promotion.ColumnState) bool {
	return slices.ContainsFunc(column.Stages, func(s promotion.StageState) bool {
		return s.State == promotion.StateFailed || s.State == promotion.StateOverridden
	})
}

func rolledBackIn(run promotion.Run, environment string) bool {
	return slices.ContainsFunc(run.Rollbacks, func(l promotion.LinkedRollback) bool { return l.Environment == environment })
}

// blame marks the deployments that a person rolled back later.
func blame(changes []change) {
	newest := -1
	for i, c := range changes {
		switch {
		case !c.rollback:
			newest = i
		case byHand(c.run) && newest >= 0 && c.run.Plan.Revert.From == changes[newest].run.Release.Image:
			changes[newest].failed, changes[newest].decided = true, true
		}
	}
}
