package local

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// CommandSlot asks something of a slot, or of a release's slots in every environment. It returns those it was applied to.
func (e *Engine) CommandSlot(_ context.Context, r engine.SlotRequest) ([]promotion.Slot, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	image, err := e.named(&r)
	if err != nil {
		return nil, err
	}
	slots, err := e.slotsOf(r)
	if err != nil {
		return nil, err
	}
	defer e.reconcile()
	var done []promotion.Slot
	var refused error
	for i, slot := range slots {
		c := promotion.Command{ID: r.ID, Verb: r.Verb, Actor: r.Actor, Reason: r.Reason, Slot: &slot, Digest: image}
		if c.ID != "" && len(slots) > 1 {
			c.ID = fmt.Sprintf("%s-%d", r.ID, i)
		}
		if err := e.apply(c); err != nil {
			refused = err
			continue
		}
		done = append(done, slot)
	}
	e.asleep = e.asleep && len(done) == 0
	if len(done) > 0 { // where it was so already nothing had to be done
		return done, nil
	}
	slot := promotion.Slot{Environment: r.Environment, Service: r.Service, Team: r.Team}
	return nil, e.remember(promotion.Command{ID: r.ID, Verb: r.Verb, Actor: r.Actor, Reason: r.Reason, Slot: &slot, Digest: image}, refused)
}

// named finds the release that is meant, and its service where that was left out. The caller holds mu.
func (e *Engine) named(r *engine.SlotRequest) (promotion.Digest, error) {
	if r.Verb != promotion.VerbVeto && r.Verb != promotion.VerbAllow {
		return "", nil
	}
	runs, err := e.records.Runs(e.ctx, journal.Filter{Service: r.Service})
	if err != nil {
		return "", err
	}
	found := map[promotion.Digest]promotion.Release{}
	for _, run := range runs {
		if release := run.Release(); release.Image != "" && calledSo(release, r.Release) {
			found[release.Image] = release
		}
	}
	if len(found) == 0 {
		return "", fmt.Errorf("there is no release %q: see `gantry runs`", r.Release)
	}
	var list []string
	for image, release := range found {
		list = append(list, fmt.Sprintf("%s %s (%s)", release.Service, release.Name(), image.Short()))
		r.Service = release.Service
	}
	if len(list) > 1 {
		slices.Sort(list)
		return "", fmt.Errorf("%q may be %s: name the commit, or the digest of the image", r.Release, strings.Join(list, " or "))
	}
	for image := range found {
		return image, nil
	}
	return "", nil
}

// calledSo tells whether people call the release by this text.
func calledSo(r promotion.Release, text string) bool {
	return text != "" && (text == string(r.Image) || text == r.Image.Short() || text == r.Version || text == r.Commit || text == r.ShortCommit() || text == r.Name())
}

// slotsOf are the slots that a request means. The caller holds mu.
func (e *Engine) slotsOf(r engine.SlotRequest) ([]promotion.Slot, error) {
	service := e.pipeline.Service(r.Service)
	if service.Name == "" {
		return nil, unknownService(e.pipeline, r.Service)
	}
	if r.Environment != "" {
		environment := e.pipeline.Environment(r.Environment)
		if environment.Name == "" {
			return nil, unknownEnvironment(e.pipeline, r.Environment)
		}
		slot, err := e.pipeline.TeamSlot(environment, service, r.Team)
		return []promotion.Slot{slot}, err
	}
	var slots []promotion.Slot
	for _, environment := range e.pipeline.Environments {
		slot, err := e.pipeline.TeamSlot(environment, service, r.Team)
		if err != nil {
			return nil, err
		}
		slots = append(slots, slot)
	}
	return slots, nil
}

func unknownEnvironment(pipeline config.Pipeline, name string) error {
	var list []string
	for _, environment := range pipeline.Environments {
		list = append(list, environment.Name)
	}
	return fmt.Errorf("there is no environment %q in %s: it has %s, see `gantry status`", name, pipeline.File, strings.Join(list, ", "))
}

// holds says what may not enter the slot, and why. The caller holds mu.
func (e *Engine) holds(s promotion.SlotState) string {
	var said []string
	if s.Hold != nil {
		said = append(said, fmt.Sprintf("on hold by %s since %s: %s", s.Hold.By, s.Hold.At.Local().Format("2 Jan 15:04"), s.Hold.Reason))
	}
	var images []promotion.Digest
	for image := range s.Vetoed {
		images = append(images, image)
	}
	slices.SortFunc(images, func(a, b promotion.Digest) int { return s.Vetoed[b].At.Compare(s.Vetoed[a].At) })
	for i, image := range images {
		if veto := s.Vetoed[image]; veto.By == 0 || i == 0 { // of those that were rolled back the newest says enough
			said = append(said, e.vetoSays(image, veto))
		}
	}
	return strings.Join(said, "; ")
}

// vetoSays is one veto as a sentence. The caller holds mu.
func (e *Engine) vetoSays(image promotion.Digest, veto promotion.Veto) string {
	name := e.nameOf(image)
	if veto.By == 0 {
		return fmt.Sprintf("%s has vetoed %s: %s", veto.Actor, name, veto.Reason)
	}
	switch e.ledger.Run(veto.By).Outcome {
	case promotion.RollbackFailed:
		return fmt.Sprintf("%s was to be rolled back by run %d, which failed", name, veto.By)
	case promotion.LeftAlone:
		return fmt.Sprintf("%s may not enter by itself: it failed further on, says run %d", name, veto.By)
	}
	return fmt.Sprintf("%s was rolled back by run %d and may not enter by itself", name, veto.By)
}

// nameOf is what people call the release of an image.
func (e *Engine) nameOf(image promotion.Digest) string {
	if runs, err := e.records.Runs(e.ctx, journal.Filter{Image: image, Limit: 1}); err == nil && len(runs) > 0 {
		return runs[0].Release().Name()
	}
	return image.Short()
}
