package situation

import (
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Rehearsed is what a dry run of orders says, with Prod on hold.
func Rehearsed(s *Story) engine.DryRun {
	live := s.ledger.Slot(promotion.Slot{Environment: "prod", Service: "orders"}).Live
	return engine.DryRun{
		At: s.Now, Hash: "5d41402abc4b2a76", Service: "orders", Team: "checkout", Release: "1.9.0 663fd88", Mode: s.Base.Mode,
		Source: promotion.Source{Subject: "Gift cards", Author: "Ada", Version: "1.9.0"},
		Checks: []engine.Check{{What: "stub inventory@qa", State: engine.CheckOK, Detail: "2f51b8f can be pulled"}},
		Columns: []engine.DryRunColumn{
			{Name: "build", Stages: []engine.DryRunStage{{
				ID: "build/build", Kind: promotion.KindBuild, Action: "builds a checkout of the commit",
				Commands: []engine.DryRunCommand{{Name: "compile", Run: "go build -trimpath -o \"$GANTRY_OUT/\" ./..."}},
				Deadline: promotion.Duration(15 * time.Minute),
			}}},
			{Name: "prod", Protected: true, Live: live, LastGood: live,
				Gates:  []promotion.Waiting{{Gate: promotion.GateHold, Reason: "bo holds prod: the payment provider is down", Who: "an operator: release it"}},
				Checks: []engine.Check{{What: "repository", State: engine.CheckOK, Detail: "prod/orders answers, and may be written to"}},
				Stages: []engine.DryRunStage{{
					ID: "prod/copy", Kind: promotion.KindCopy, Action: "copies the release from QA by digest",
					Moves: []engine.DryRunMove{{What: "application image", From: "qa/orders", To: "prod/orders"}},
				}, {
					ID: "prod/deploy", Kind: promotion.KindDeploy, Action: "puts 1.9.0 in the place of 1.7.4 once it is healthy",
					Failure: engine.DryRunFailure{Policy: "rollback", RollsBack: []engine.DryRunRollback{{Environment: "prod", To: &live.Release}}},
				}}},
		},
	}
}
