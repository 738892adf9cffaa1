package plain

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
)

// Who hears a table read aloud hears its cells without their headings.

// SayStatus writes what is live where, one sentence for each slot.
func SayStatus(w io.Writer, all []engine.Status) error {
	p, several := newSheet(w), teams(all)
	if len(all) == 0 {
		p.say("No service is configured.")
	}
	for _, s := range all {
		l := lineOf(s)
		where := text.Clean(l.Service) + " in " + present.Title(l.Environment)
		if several[promotion.Slot{Environment: l.Environment, Service: l.Service}] > 1 {
			where += ", team " + text.Clean(l.Team)
		}
		p.say("%s: %s.", where, strings.Join(l.said(), "; "))
		for _, aside := range l.Aside {
			p.say("%s: %s.", where, aside.said())
		}
	}
	return p.out.Flush()
}

// said are the parts of a slot's sentence.
func (l statusLine) said() []string {
	parts := []string{"nothing is live"}
	if l.Release != nil {
		parts[0] = l.Release.name() + " is live"
		if l.Since != nil {
			parts[0] += " since " + moment(l.Since)
		}
		parts[0] += ", " + l.Health
	}
	if l.Release != nil && l.LastGood == nil {
		parts = append(parts, "no release has passed here yet")
	}
	if l.LastGood != nil && (l.Release == nil || l.LastGood.name() != l.Release.name()) {
		parts = append(parts, "the last good release is "+l.LastGood.name())
	}
	return append(parts, l.remarks()...)
}

// said is the sentence of what was put aside, without its place.
func (l asideLine) said() string {
	s := fmt.Sprintf("put aside and not live: %s, %s, by %s, until %s", l.Release.name(), l.Health, text.Clean(l.By), moment(&l.Expires))
	return strings.Join(append([]string{s}, cleaned([]string{l.Endpoint, l.Detail})...), "; ")
}

// SayRuns writes a list of runs, one sentence for each.
func SayRuns(w io.Writer, runs []promotion.Run, now time.Time) error {
	p, teams := newSheet(w), several(runs)
	if len(runs) == 0 {
		p.say("No run has been started yet: run SERVICE starts one.")
	}
	for _, run := range runs {
		service, end, took := text.Clean(run.Plan.Service), run.Finished, "took"
		if teams[run.Plan.Service] {
			service += ", team " + text.Clean(run.Plan.Team)
		}
		if !run.Done() {
			end, took = now, "has taken"
		}
		p.say("Run %d of %s, %s of %s, started %s, %s %s: %s.", run.ID, service, run.Plan.Kind, text.Clean(run.Release.Name()),
			moment(&run.Started), took, present.Elapsed(end.Sub(run.Started)), standing(run))
	}
	return p.out.Flush()
}
