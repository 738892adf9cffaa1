package stubs

import (
	"context"
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine/stubs/jsondiff"
)

// settle sends every safe request once more and compares. Values that differ are volatile. An answer of another shape
// replaces the older one, because the newest exchange wins; what keeps changing, or is gone by now, cannot be verified
// and is left out.
func (g *generator) settle(ctx context.Context, in Input) error {
	replay, err := newReplayer(in.BaseURL, []Prepare{in.Prepare})
	if err != nil {
		return err
	}
	defer replay.close()
	for _, d := range g.sorted() {
		if !d.request.safe() {
			continue
		}
		again, err := replay.send(ctx, d.request.Method, d.request.Target(), d.headers)
		if err != nil {
			return err
		}
		why := ""
		if d.source == contractExample {
			why = d.settleExample(again)
		} else if why, err = g.settleRecorded(ctx, replay, d, again); err != nil {
			return err
		}
		if why != "" {
			g.warn("%s: %s: not stubbed", d.request, why)
			delete(g.drafts, d.key())
		}
	}
	return nil
}

// settleRecorded says why a stub must be left out; "" when it may stay.
func (g *generator) settleRecorded(ctx context.Context, replay *replayer, d *draft, again Response) (string, error) {
	switch {
	case again.Status >= 500:
		return "", nil // Verify asks once more, and refuses
	case again.Body.Truncated:
		return fmt.Sprintf("the answer is over %d KiB now", maxBody>>10), nil
	case again.Status != d.response.Status:
		return fmt.Sprintf("it answered %d when recorded and %d now, so it cannot be verified", d.response.Status, again.Status), nil
	}
	if why := d.operation.conforms(ctx, again); why != "" {
		g.refuse("%s: the answer %d to the replayed %s breaks the contract: %s", d.operation.name(), again.Status, d.request, why)
		return "", nil
	}
	found, same := sameShape(d.response, again)
	if !same {
		d.response, d.volatile = again, nil
		var err error
		if again, err = replay.send(ctx, d.request.Method, d.request.Target(), d.headers); err != nil {
			return "", err
		}
		if found, same = sameShape(d.response, again); !same {
			return "it answers in another shape each time", nil
		}
	}
	d.markVolatile(found)
	return "", nil
}

// settleExample believes an example of the contract only where the service answers the same, ids and times aside.
func (d *draft) settleExample(again Response) string {
	found, same := sameShape(d.response, again)
	if same && len(unstable(found)) == len(found) {
		d.markVolatile(found)
		return ""
	}
	at := slices.IndexFunc(found, func(f jsondiff.Difference) bool { return !looksGenerated(f) })
	if at < 0 {
		return fmt.Sprintf("the contract's example is not what the service answers (status %d)", again.Status)
	}
	return "the contract's example is not what the service answers: " + found[at].Say("example", "service")
}
