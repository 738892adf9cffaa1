package audit

import (
	"cmp"
	"fmt"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/retention"
)

// beside records what belongs to no run.
func (t *Trail) beside(e promotion.Event) {
	switch e.Type {
	case promotion.CommandRefused:
		t.refused(e)
	case promotion.CollectionStarted:
		t.collecting(e)
	case promotion.CollectionEnded:
		t.collected(e)
	default:
		t.slot(e)
	}
}

// slot records what somebody asked of a slot.
func (t *Trail) slot(e promotion.Event) {
	what := map[promotion.EventType]promotion.Verb{promotion.SlotHeld: promotion.VerbHold, promotion.SlotReleased: promotion.VerbRelease,
		promotion.ReleaseVetoed: promotion.VerbVeto, promotion.ReleaseAllowed: promotion.VerbAllow, promotion.EventLost: "repair"}[e.Type]
	entry := engine.AuditEntry{What: what, Result: "done"}
	if e.Slot != nil {
		entry.Service, entry.Environment = e.Slot.Service, e.Slot.Environment
	}
	entry.Release = t.named(e.Digest)
	t.append(e, entry)
}

// named is what people call the release of an image; "" where none is named.
func (t *Trail) named(image promotion.Digest) string {
	if image == "" {
		return ""
	}
	return cmp.Or(t.names[image], image.Short())
}

// refused records a command that changed nothing.
func (t *Trail) refused(e promotion.Event) {
	asked := e.Refused
	if asked == nil {
		return
	}
	entry := engine.AuditEntry{What: asked.Verb, Run: asked.Run, Stage: e.Stage, Release: t.named(e.Digest), Result: "refused: " + asked.Why, Refused: true}
	if s, known := t.runs[asked.Run]; known {
		entry.Service, entry.Drill, entry.Release = s.service, s.drill, cmp.Or(entry.Release, s.release.Name())
	}
	if asked.Slot != nil {
		entry.Service, entry.Environment = asked.Slot.Service, asked.Slot.Environment
	}
	at := t.append(e, entry)
	t.entries[at].Command = asked.Command
}

// collecting records that what nobody needs any more is removed.
func (t *Trail) collecting(e promotion.Event) {
	what := "nothing is said of what"
	if c := e.Collection; c != nil {
		what = fmt.Sprintf("%s, %s: the plan %s", counted(c.Items), retention.Readable(c.Bytes), c.Plan)
	}
	t.collects = 1 + t.append(e, engine.AuditEntry{What: Collect, Why: what, Result: "it did not end"})
}

// collected tells what came of a collection.
func (t *Trail) collected(e promotion.Event) {
	if t.collects > 0 {
		t.entries[t.collects-1].Result = cmp.Or(e.Reason, "all of it is gone")
	}
	t.collects = 0
}

func counted(things int) string {
	if things == 1 {
		return "1 thing"
	}
	return fmt.Sprintf("%d things", things)
}
