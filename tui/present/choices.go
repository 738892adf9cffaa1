package present

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
)

// Choice is something that a command may be about.
type Choice struct {
	Text string // as it is typed
	Note string
}

// With is the world with one more run, such as an old one that somebody looks at; the same where it is known.
func (w *World) With(run promotion.Run) *World {
	if _, known := w.runs[run.ID]; known || run.ID == 0 {
		return w
	}
	more := *w
	more.Snapshot.Runs = append(slices.Clone(w.Snapshot.Runs), run)
	more.runs = make(map[promotion.RunID]promotion.Run, len(w.runs)+1)
	for id, known := range w.runs {
		more.runs[id] = known
	}
	more.runs[run.ID] = run
	return &more
}

// EntryOf is the entry of a run.
func (w *World) EntryOf(id promotion.RunID) (Entry, bool) {
	run, found := w.runs[id]
	return Entry{Service: run.Plan.Service, Run: id}, found
}

// Knows tells whether there is such a service.
func (w *World) Knows(service string) bool {
	_, known := w.services[service]
	return known || w.newest[service].Run != 0
}

// Services are the services to choose from, the one given first.
func (w *World) Services(first string, now time.Time) []Choice {
	var choices []Choice
	for _, name := range w.names() {
		c := Choice{Text: text.Clean(name), Note: "team " + text.Clean(w.services[name].Team)}
		if w.services[name].Team == "" {
			c.Note = ""
		}
		if run, found := w.Run(w.newest[name].Run); found {
			c.Note = joined(c.Note, fmt.Sprintf("run %d %s", run.ID, standing(run, now)))
		}
		if name == first {
			choices = slices.Insert(choices, 0, c)
			continue
		}
		choices = append(choices, c)
	}
	return choices
}

// Runs are the runs to choose from: those that go on, then those that have ended, the newest first; the one given before
// all others. A service leaves out those of others.
func (w *World) Runs(first promotion.RunID, service string, now time.Time) []Choice {
	runs := slices.Clone(w.Snapshot.Runs)
	slices.SortStableFunc(runs, func(a, b promotion.Run) int { return order(a, first) - order(b, first) })
	var choices []Choice
	for _, run := range runs {
		if service != "" && run.Plan.Service != service {
			continue
		}
		choices = append(choices, Choice{
			Text: fmt.Sprint(run.ID), Note: text.Clean(strings.Join(strings.Fields(fmt.Sprintf("%s %s", run.Plan.Service, run.Release.Name())), " ")) + " · " + standing(run, now),
		})
	}
	return choices
}

func order(run promotion.Run, first promotion.RunID) int {
	switch {
	case run.ID == first:
		return 0
	case !run.Done():
		return 1
	}
	return 2
}

// standing is how a run stands, in a few words: "succeeded 3h ago", "rollback, running at qa/rollback".
func standing(run promotion.Run, now time.Time) string {
	s := RunMark(run).Word
	if run.Plan.Kind != promotion.Promotion {
		s = string(run.Plan.Kind) + ", " + s
	}
	if run.Done() {
		if age := Age(now, run.Finished); age != "now" {
			s += " " + age + " ago"
		}
	} else if _, stage, more := run.Current(); more {
		s += " at " + string(stage.ID)
	}
	return drilled(run, s)
}

func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " · " + b
}

// EnvironmentChoices are the environments, with what is live of a service in them.
func (w *World) EnvironmentChoices(service string, now time.Time) []Choice {
	var choices []Choice
	for _, environment := range w.Snapshot.Environments {
		c := Choice{Text: text.Clean(environment.Name), Note: "nothing is live"}
		slot := w.slot(environment.Name, service)
		if live := liveOf(slot.Live, 0, now); live.Name != "" {
			c.Note = live.Name + " is live, " + live.Age
		}
		if slot.Hold != nil {
			c.Note += " · on hold"
		}
		if environment.Protected {
			c.Note += " · protected"
		}
		choices = append(choices, c)
	}
	return choices
}

// StageChoices are the stages of a run, with how they stand.
func (w *World) StageChoices(id promotion.RunID, now time.Time) []Choice {
	run, found := w.Run(id)
	if !found {
		return nil
	}
	var choices []Choice
	for _, column := range run.Columns {
		for _, s := range column.Stages {
			card := w.cardOf(run, s, now)
			choices = append(choices, Choice{Text: string(s.ID), Note: joined(joined(card.Mark.Word, card.Time), card.Note)})
		}
	}
	return choices
}

// ReleaseChoices are the releases of a service that its runs have built, the newest first.
func (w *World) ReleaseChoices(service string, now time.Time) []Choice {
	var choices []Choice
	for _, run := range w.Snapshot.Runs {
		name := cmp.Or(run.Release.ShortCommit(), run.Release.Version)
		if run.Plan.Service != service || run.Plan.Kind != promotion.Promotion || run.Release.Image == "" || name == "" ||
			slices.ContainsFunc(choices, func(c Choice) bool { return c.Text == name }) {
			continue
		}
		choices = append(choices, Choice{Text: text.Clean(name), Note: joined(text.Clean(run.Release.Version), fmt.Sprintf("run %d %s", run.ID, standing(run, now)))})
	}
	return choices
}

// Name is a name as it may be shown.
func Name(s string) string { return text.Clean(s) }
