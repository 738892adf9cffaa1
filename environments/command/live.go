package command

import (
	"context"
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Live is what the slot's instances run. While a release is on its way, it is what is replaced.
func (e *Environment) Live(ctx context.Context, slot promotion.Slot) (*engine.Live, error) {
	if slot.Aside != 0 && e.command.Remove.Run == "" && slot.Environment == e.Name() {
		return nil, nil
	}
	if err := e.check(slot); err != nil {
		return nil, err
	}
	a, err := e.look(ctx, slot)
	if err != nil {
		return nil, err
	}
	r, err := e.recall(slot)
	if err != nil {
		return nil, err
	}
	return live(a, r), nil
}

// look asks what runs in the slot.
func (e *Environment) look(ctx context.Context, slot promotion.Slot) (answer, error) {
	text, err := e.ask(ctx, "live", e.command.Live, request{slot: slot})
	if err != nil {
		return answer{}, err
	}
	a, err := read(text)
	if err != nil {
		return answer{}, fmt.Errorf("%s: live of %s: %w", e.Name(), nameOf(slot), err)
	}
	return a, nil
}

// live is which of the instances count. What was asked for and was never healthy is not live yet; what nothing is known of
// is, also where it is not well: somebody else has put it there.
func live(a answer, r record) *engine.Live {
	digest := promotion.Digest("")
	well := false
	for _, i := range a.Instances {
		switch {
		case i.State == healthy && (!well || i.digest == r.Good):
			digest, well = i.digest, true
		case !well && (i.digest == r.Good || digest == "" && i.digest != r.Tried):
			digest = i.digest
		}
	}
	of := a.of(digest)
	if digest == "" || len(of) == 0 {
		return nil
	}
	l := &engine.Live{Image: digest, Healthy: well, Since: of[0].Since, Detail: told(of, a.Wanted)}
	for _, i := range of {
		if i.Version != "" {
			l.Version = i.Version
		}
	}
	if l.Version == "" && digest == r.Good {
		l.Version = r.Version
	}
	return l
}

// told is how instances are, for people: "1 of 2 healthy; orders-7f: starting: pulling the image".
func told(of []instance, wanted int) string {
	well := 0
	var others []string
	for _, i := range of {
		if i.State == healthy {
			well++
			continue
		}
		others = append(others, i.String())
	}
	return strings.Join(append([]string{fmt.Sprintf("%d of %d healthy", well, max(wanted, len(of)))}, others...), "; ")
}

// String is how an instance is, in a line: "orders-7f: starting: pulling the image".
func (i instance) String() string {
	text := oneLine(i.Name) + ": " + string(i.State)
	if i.Detail != "" {
		text += ": " + oneLine(i.Detail)
	}
	return text
}
