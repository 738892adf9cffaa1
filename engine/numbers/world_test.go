package numbers

import (
	"fmt"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// begin is the first moment of every test's window, which is ten days long.
var begin = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func options() Options {
	return Options{Environments: []string{"dev", "qa", "prod"}, From: begin, To: begin.Add(10 * 24 * time.Hour)}
}

// way is a promotion's way: ten seconds of work in each stage, and as long a wait before each.
type way struct {
	run promotion.Run
	now time.Time
}

var stagesOf = map[string][]promotion.Kind{
	"build": {promotion.KindBuild},
	"dev":   {promotion.KindPush, promotion.KindDeploy, promotion.KindAcceptance},
	"qa":    {promotion.KindCopy, promotion.KindDeploy, promotion.KindAcceptance},
	"prod":  {promotion.KindCopy, promotion.KindDeploy, promotion.KindAcceptance},
}

// promote begins a promotion of a commit that is an hour old.
func promote(id promotion.RunID, at time.Time) *way {
	commit := fmt.Sprintf("%040d", id)
	w := &way{now: at, run: promotion.Run{ID: id, Started: at, Plan: promotion.Plan{Kind: promotion.Promotion, Service: "orders",
		Source: promotion.Source{Commit: commit, Committed: at.Add(-time.Hour)}}}}
	w.run.Release = promotion.Release{Service: "orders", Version: "1.0.0", Commit: commit, Image: promotion.Digest(fmt.Sprintf("sha256:%064d", id))}
	for _, name := range []string{"build", "dev", "qa", "prod"} {
		column := promotion.ColumnState{Name: name, Column: promotion.Column{Name: name}}
		for _, kind := range stagesOf[name] {
			stage := promotion.StageID(name + "/" + string(kind))
			column.Stages = append(column.Stages, promotion.StageState{ID: stage, Stage: promotion.Stage{ID: stage, Kind: kind}, State: promotion.StateWaiting})
		}
		w.run.Columns = append(w.run.Columns, column)
	}
	return w
}

// stop is a stage and how its attempts end; every stage before it succeeds.
type stop struct {
	stage promotion.StageID
	ends  []promotion.State
}

// until goes through the stages up to the named one, which ends as told; "" goes all the way.
func (w *way) until(s stop) *way {
	for c := range w.run.Columns {
		column := &w.run.Columns[c]
		for i := range column.Stages {
			stage := &column.Stages[i]
			ends := []promotion.State{promotion.StateSucceeded}
			if stage.ID == s.stage {
				ends = s.ends
			}
			w.attempts(column, stage, ends)
			if !stage.Done() {
				return w
			}
		}
		column.Passed = true
	}
	return w.end(promotion.Succeeded)
}

func (w *way) attempts(column *promotion.ColumnState, stage *promotion.StageState, ends []promotion.State) {
	for n, end := range ends {
		if stage.State = end; end == promotion.StateOverridden {
			return
		}
		w.now = w.now.Add(10 * time.Second)
		attempt := promotion.Attempt{N: n + 1, State: end, Started: w.now}
		w.now = w.now.Add(10 * time.Second)
		attempt.Ended = w.now
		stage.Attempts = append(stage.Attempts, attempt)
		if stage.Stage.Kind == promotion.KindDeploy && end == promotion.StateSucceeded {
			column.Deployed = &promotion.Deployment{Release: w.run.Release, Since: w.now, Cause: "promoted", Run: w.run.ID}
		}
	}
}

func (w *way) end(outcome promotion.Outcome, rolledBack ...string) *way {
	w.run.Outcome, w.run.Finished = outcome, w.now
	for _, environment := range rolledBack {
		w.run.Rollbacks = append(w.run.Rollbacks, promotion.LinkedRollback{Environment: environment, Outcome: promotion.RolledBack})
	}
	return w
}

func succeed(id promotion.RunID, at time.Time) promotion.Run {
	return promote(id, at).until(stop{}).run
}

func fail(id promotion.RunID, at time.Time, stage promotion.StageID, rolledBack ...string) promotion.Run {
	outcome := promotion.RolledBack
	if len(rolledBack) == 0 {
		outcome = promotion.Failed
	}
	return promote(id, at).until(stop{stage, []promotion.State{promotion.StateFailed}}).end(outcome, rolledBack...).run
}

// rollback is a rollback run of an environment that took a minute; its cause is 0 when a person decided on it.
func rollback(id, cause promotion.RunID, environment string, from promotion.Run, at time.Time, outcome promotion.Outcome) promotion.Run {
	return promotion.Run{ID: id, Started: at, Finished: at.Add(time.Minute), Outcome: outcome,
		Plan:    promotion.Plan{Kind: promotion.Rollback, Service: "orders", Revert: &promotion.Revert{Cause: cause, From: from.Release.Image}},
		Columns: []promotion.ColumnState{{Name: environment}}}
}

// figure is one of all services together.
func figure(t *testing.T, n engine.Numbers, key string) engine.Figure {
	t.Helper()
	for _, f := range append(n.Overall.Figures, n.Overall.Stages...) {
		if f.Key == key {
			return f
		}
	}
	t.Fatalf("there is no figure %q", key)
	return engine.Figure{}
}

func wantValue(t *testing.T, n engine.Numbers, key string, want float64, of int) {
	t.Helper()
	f := figure(t, n, key)
	if f.Value == nil || *f.Value < want-1e-9 || *f.Value > want+1e-9 || f.N != of {
		value := "nothing"
		if f.Value != nil {
			value = fmt.Sprint(*f.Value)
		}
		t.Errorf("%s is %s of %d (%s), want %v of %d", key, value, f.N, f.Note, want, of)
	}
	if f.Definition == "" {
		t.Errorf("%s has no definition", key)
	}
}
