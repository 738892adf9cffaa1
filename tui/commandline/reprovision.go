package commandline

import (
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
)

type reprovisionCmd struct {
	followed
	Expires time.Duration `help:"How long it stays; default: as the configuration says."`
}

// Run puts the release of a run aside, and says where it answers.
func (c reprovisionCmd) Run(a *app) error {
	if c.Expires < 0 {
		return usage{fmt.Errorf("--expires %s: it cannot stay for less than nothing", c.Expires)}
	}
	c.explain(a, present.VerbReprovision)
	e, err := a.open(fmt.Sprintf("gantry reprovision %d", c.Number), Works)
	if err != nil {
		return err
	}
	defer e.Close()
	id, err := e.Reprovision(a.ctx, engine.ReprovisionRequest{ID: commandID("reprovision"), Run: c.Number, Expires: c.Expires, Actor: Operator(), Reason: c.Reason})
	if err != nil {
		return usage{err}
	}
	if err := a.follow(e, id, 0, c.Output); err != nil {
		return err
	}
	if run, err := e.Run(id); err == nil && run.Aside() && c.Output != "json" {
		fmt.Fprintln(a.out, present.Aside(run))
	}
	return nil
}

type removeCmd struct{ followed }

// Run takes away what a reprovision put aside.
func (c removeCmd) Run(a *app) error { return c.give(a, promotion.Command{Verb: promotion.VerbRemove}) }
