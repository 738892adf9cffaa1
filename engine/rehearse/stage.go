package rehearse

import (
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// describe says what the stage itself would do.
func (p *play) describe(column promotion.Column, d *engine.DryRunStage) {
	service := p.Pipeline.Service(p.Plan.Service)
	here, _ := p.place(column.Name)
	switch d.Kind {
	case promotion.KindBuild:
		d.Action = "checks " + p.what() + " out, runs the steps, and " + packed(service)
		d.Commands = commands(service.Build.Steps)
	case promotion.KindContract:
		d.Action = "tests against the stubs of " + strings.Join(service.DependsOn, ", ")
		d.Stubs = p.Stubs
		if service.ContractTests != nil {
			d.Commands = commands(service.ContractTests.Steps)
		}
	case promotion.KindPush:
		d.Action = "pushes what the build made, and reads it back by digest"
		d.Moves = p.moves(service, Place{}, here)
	case promotion.KindCopy:
		before := p.before(column.Name)
		d.Action = "copies by digest what passed " + before.Name
		d.Moves = p.moves(service, before, here)
	case promotion.KindMigrate:
		d.Action = p.migration(here)
	case promotion.KindCompat:
		d.Action = "runs the acceptance suite of what is live on the migrated schema"
		if here.State.Live != nil {
			d.Action = fmt.Sprintf("runs the acceptance suite of %s, which is live, on the migrated schema", here.State.Live.Release.Name())
		}
	case promotion.KindDeploy:
		d.Action = fmt.Sprintf("makes %s live, where %s is live now; that stays until the new one is healthy", p.release(), live(here))
		if here.State.Live == nil && here.Running == nil {
			d.Action = fmt.Sprintf("makes %s live, where nothing is yet", p.release())
		}
	case promotion.KindAcceptance:
		d.Action, d.Commands = "runs the suite that was built with the release", suite(d.Kind, service.Acceptance)
	case promotion.KindE2E:
		d.Action, d.Commands = "runs the suite that was built with the release", suite(d.Kind, service.E2E)
	case promotion.KindStub:
		d.Action = "makes a stub of what E2E saw, and checks it against the contract and the running service"
	case promotion.KindPublish:
		d.Action = p.publication(column.Name)
	}
}

// what is built.
func (p *play) what() string {
	s := p.Plan.Source
	switch {
	case s.Commit == "":
		return "the files of " + s.Path
	case s.Dirty != "":
		return "a copy of the working tree"
	}
	return "commit " + promotion.Release{Commit: s.Commit}.ShortCommit()
}

// packed says how each part of a release comes about: what is put together from files first.
func packed(s config.Service) string {
	var packs, others []string
	tell := func(image config.Image, what string) {
		if verb, from := image.Made(); verb != "" {
			others = append(others, verb+" "+what+" from "+from)
		} else {
			packs = append(packs, what)
		}
	}
	tell(s.Image, "the application image")
	if s.Migrations != nil {
		tell(*s.Migrations, "the migration image")
	}
	text := "packs " + strings.Join(packs, ", ")
	switch suites := s.Acceptance != nil || s.E2E != nil; {
	case suites && len(packs) > 0:
		text += " and the verification suites"
	case suites:
		text += "the verification suites"
	case len(packs) == 0:
		return strings.Join(others, ", ")
	}
	return strings.Join(append([]string{text}, others...), ", ")
}

func commands(steps []config.Step) []engine.DryRunCommand {
	var list []engine.DryRunCommand
	for _, s := range steps {
		list = append(list, engine.DryRunCommand{Name: s.Name, Run: s.Run, Needs: s.Needs, Report: s.Report})
	}
	return list
}

func suite(kind promotion.Kind, s *config.Suite) []engine.DryRunCommand {
	if s == nil {
		return nil
	}
	return []engine.DryRunCommand{{Name: string(kind), Run: s.Run, Report: s.Report}}
}

// moves are the images that a release consists of, on their way; from a place without repositories they come from the build.
func (p *play) moves(s config.Service, from, to Place) []engine.DryRunMove {
	list := []engine.DryRunMove{p.move("", "application image", p.run.Release.Image, from, to)}
	if s.Migrations != nil {
		list = append(list, p.move("migration", "migration image", p.run.Release.Migration, from, to))
	}
	if s.Acceptance != nil || s.E2E != nil || s.Contract != "" {
		list = append(list, p.move("verification", "verification suites", p.run.Release.Verification, from, to))
	}
	return list
}

func (p *play) move(artifact, what string, d promotion.Digest, from, to Place) engine.DryRunMove {
	return engine.DryRunMove{What: what, Digest: built(d), From: from.Repositories[artifact], To: to.Repositories[artifact]}
}

// before is the environment that the release comes from.
func (p *play) before(name string) Place {
	before := p.Before
	for _, at := range p.Places {
		if at.Name == name {
			break
		}
		before = at
	}
	return before
}

// migration says what can be said of migrations without running any: which are pending, only the migration image knows.
func (p *play) migration(here Place) string {
	s := p.Plan.Source
	switch at := here.State.Live; {
	case at == nil:
		return "runs the release's migration image; nothing was deployed here yet, so every migration is pending"
	case s.Commit != "" && s.Commit == at.Release.Commit && s.Dirty == at.Release.Dirty:
		return "runs the release's migration image; it is built from the same commit as what is live, so nothing is pending"
	case p.Plan.Release != nil:
		return fmt.Sprintf("runs the release's migration image; what is pending since %s, it tells when it runs", at.Release.Name())
	default:
		return fmt.Sprintf("runs the release's migration image; what is pending since %s, it tells when it is built", at.Release.Name())
	}
}

func live(here Place) string {
	switch {
	case here.State.Live != nil:
		return here.State.Live.Release.Name()
	case here.Running != nil:
		return here.Running.Image.Short() + ", which no run deployed"
	}
	return "nothing"
}

func (p *play) publication(environment string) string {
	e := p.Pipeline.Environment(environment)
	to, in := "", ""
	if place := p.Pipeline.Artifacts.Place(p.Plan.Service); place != "" {
		to, in = " to "+place, " in "+place
	}
	if e.PublishStub {
		return fmt.Sprintf("publishes the stub%s and moves channel %q to it", to, e.StubChannel)
	}
	return fmt.Sprintf("moves channel %q%s to the stub that the release brings along", e.StubChannel, in)
}
