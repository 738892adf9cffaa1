package command

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

const (
	maxLogs   = 10        // of how many instances the logs are read, newest first
	maxEvents = 200       // the newest
	maxLog    = 256 << 10 // bytes of each, from its end
)

// Evidence is what the commands say about the slot now, with what was seen of a release that failed before it was taken
// back.
func (e *Environment) Evidence(ctx context.Context, slot promotion.Slot, since time.Time) (engine.Evidence, error) {
	found := engine.Evidence{Taken: time.Now()}
	if err := e.check(slot); err != nil {
		return found, err
	}
	a, err := e.look(ctx, slot)
	if err != nil {
		return found, err
	}
	r, err := e.recall(slot)
	if err != nil {
		return found, err
	}
	found.Live = "nothing ran"
	if l := live(a, r); l != nil {
		found.Live = fmt.Sprintf("%s %s ran, since %s: %s", l.Version, l.Image.Short(), l.Since.UTC().Format(time.RFC3339), l.Detail)
	}
	if r.Failed != nil && r.Failed.Taken.After(since) {
		found.Events, found.Logs = slices.Clone(r.Failed.Events), slices.Clone(r.Failed.Logs)
	}
	e.witness(ctx, slot, since, a.Instances, &found)
	return found, nil
}

// seen is what can be seen of a release that failed, while it is there, and the last line that it wrote.
func (f *rollout) seen(ctx context.Context) (found engine.Evidence, words string) {
	found.Taken = time.Now()
	a, err := f.look(ctx, f.Slot)
	if err != nil {
		return found, ""
	}
	of := a.of(f.Release.Image)
	found.Live = told(of, a.Wanted)
	f.witness(ctx, f.Slot, f.began, of, &found)
	for _, log := range found.Logs {
		if words = lastWords(log.Text); words != "" {
			break
		}
	}
	return found, words
}

// witness adds events, and the logs of instances. What cannot be had is said.
func (e *Environment) witness(ctx context.Context, slot promotion.Slot, since time.Time, of []instance, found *engine.Evidence) {
	clean := func(text string) string {
		for _, secret := range e.Secrets() {
			if secret != "" {
				text = strings.ReplaceAll(text, secret, "***")
			}
		}
		return text
	}
	for _, i := range of {
		if i.State != healthy {
			found.Events = append(found.Events, clean(told([]instance{i}, 0)))
		}
	}
	if e.command.Events.Run != "" {
		text, err := e.ask(ctx, "events", e.command.Events, request{slot: slot, since: since})
		if err != nil {
			text = err.Error()
		}
		lines := strings.FieldsFunc(clean(text), func(r rune) bool { return r == '\n' })
		found.Events = append(found.Events, lines[max(0, len(lines)-maxEvents):]...)
	}
	if e.command.Logs.Run == "" {
		return
	}
	newest := slices.Clone(of)
	slices.Reverse(newest)
	for _, i := range newest[:min(len(newest), maxLogs)] {
		text, err := e.ask(ctx, "logs", e.command.Logs, request{slot: slot, since: since, instance: i.Name})
		if err != nil {
			found.Events = append(found.Events, clean(err.Error()))
			continue
		}
		if over := len(text) - maxLog; over > 0 {
			text = text[over:]
		}
		found.Logs = append(found.Logs, engine.EvidenceFile{Name: i.Name + ".log", Text: clean(text)})
	}
}
