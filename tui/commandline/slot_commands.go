package commandline

import (
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// slotOrder is what holding and releasing take.
type slotOrder struct {
	Service     string `arg:"" help:"The service."`
	Environment string `arg:"" name:"env" help:"The environment."`
	Team        string `help:"Whose slot, where teams are isolated; default: the service's own team." placeholder:"NAME"`
	Reason      string `help:"Why; whoever waits behind it reads this."`
}

type holdCmd struct{ slotOrder }

// Run holds an environment for a service.
func (c holdCmd) Run(a *app) error {
	return a.rule(engine.SlotRequest{Verb: promotion.VerbHold, Service: c.Service, Team: c.Team, Environment: c.Environment, Reason: c.Reason},
		"is on hold: nothing enters or goes on in it until gantry release; a rollback may")
}

type releaseCmd struct{ slotOrder }

// Run lifts a hold.
func (c releaseCmd) Run(a *app) error {
	return a.rule(engine.SlotRequest{Verb: promotion.VerbRelease, Service: c.Service, Team: c.Team, Environment: c.Environment, Reason: c.Reason}, "is not on hold any more")
}

// releaseOrder is what a veto and its lifting take.
type releaseOrder struct {
	Release     string `arg:"" help:"Version, commit or digest; SERVICE@RELEASE where two services have such a one."`
	Environment string `arg:"" optional:"" name:"env" help:"The environment; default: every one."`
	Team        string `help:"Whose slot, where teams are isolated; default: the service's own team." placeholder:"NAME"`
	Reason      string `help:"Why; whoever brings the release reads this."`
}

func (o releaseOrder) request(verb promotion.Verb) engine.SlotRequest {
	r := engine.SlotRequest{Verb: verb, Team: o.Team, Environment: o.Environment, Release: o.Release, Reason: o.Reason}
	if service, release, named := strings.Cut(o.Release, "@"); named {
		r.Service, r.Release = service, release
	}
	return r
}

type vetoCmd struct{ releaseOrder }

// Run keeps a release out.
func (c vetoCmd) Run(a *app) error {
	return a.rule(c.request(promotion.VerbVeto), "does not let "+c.Release+" in until gantry allow")
}

type allowCmd struct{ releaseOrder }

// Run lifts a veto.
func (c allowCmd) Run(a *app) error {
	return a.rule(c.request(promotion.VerbAllow), "lets "+c.Release+" in again")
}

// rule asks something of slots and says where it counts now.
func (a *app) rule(r engine.SlotRequest, now string) error {
	e, err := a.open("gantry "+string(r.Verb), Rests)
	if err != nil {
		return err
	}
	defer e.Close()
	r.ID, r.Actor = commandID(r.Verb), Operator()
	slots, err := e.CommandSlot(a.ctx, r)
	if err != nil {
		return usage{err}
	}
	for _, slot := range slots {
		fmt.Fprintln(a.out, slot, now)
	}
	return nil
}
