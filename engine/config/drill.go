package config

import (
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// rehearsal is one way in which a drill lets a stage go wrong, and the stages that can go wrong so.
type rehearsal struct {
	how    string
	stages []promotion.Kind // nil: every one
	what   string           // of the stages, for people
}

var (
	transfers = []promotion.Kind{promotion.KindPush, promotion.KindCopy}
	// inside are the stages that ask their environment for something.
	inside = []promotion.Kind{
		promotion.KindPush, promotion.KindCopy, promotion.KindMigrate, promotion.KindCompat, promotion.KindDeploy,
		promotion.KindAcceptance, promotion.KindE2E, promotion.KindStub,
	}
)

var rehearsals = []rehearsal{
	{how: promotion.DrillFail},
	{how: promotion.DrillError},
	{how: promotion.DrillHang},
	{how: promotion.DrillCrash},
	{promotion.DrillLost, inside, "only a stage that works in an environment can lose it"},
	{promotion.DrillCorrupt, transfers, "only what push and copy send can arrive corrupted"},
	{promotion.DrillRefuse, transfers, "only push and copy always need the environment's registry"},
	{how: promotion.DrillSlow},
}

// drill checks a rehearsed failure against the plan. It is refused where a failure would hurt somebody.
func (p Pipeline) drill(plan promotion.Plan, d promotion.Drill) (*promotion.Drill, error) {
	if d.How == "" {
		d.How = rehearsals[0].how
	}
	at := slices.IndexFunc(rehearsals, func(r rehearsal) bool { return r.how == d.How })
	if at < 0 {
		var all []string
		for _, r := range rehearsals {
			all = append(all, r.how)
		}
		return nil, fmt.Errorf("a drill cannot %q%s: use %s", d.How, DidYouMean(d.How, all), oneOf(all))
	}
	kind, err := kindOfStage(plan, d.Stage)
	if err != nil {
		return nil, err
	}
	if r := rehearsals[at]; r.stages != nil && !slices.Contains(r.stages, kind) {
		return nil, fmt.Errorf("a drill cannot rehearse %q of %s: %s", d.How, d.Stage, r.what)
	}
	if e := p.Environment(d.Stage.Column()); e.Protected && e.Platform != "sandbox" {
		return nil, fmt.Errorf("%s is protected: rehearse the failure in an environment before it", e.Name)
	}
	return &d, nil
}

// kindOfStage is the kind of a stage that the plan must have.
func kindOfStage(plan promotion.Plan, id promotion.StageID) (promotion.Kind, error) {
	var stages []string
	for _, c := range plan.Columns {
		for _, s := range c.Stages {
			if s.ID == id {
				return s.Kind, nil
			}
			stages = append(stages, string(s.ID))
		}
	}
	return "", fmt.Errorf("there is no stage %q to rehearse a failure of%s: this promotion has %s", id, DidYouMean(string(id), stages), listed(stages))
}
