package host

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
)

const (
	// evidenceLog is how much of a log goes into evidence.
	evidenceLog = 64 << 10
	// evidenceLogs is how many releases' logs do: the live one's and that of the one that was tried last.
	evidenceLogs = 2
)

// look asks what runs in the slot, now; nil when nothing does.
func (s *slot) look(ctx context.Context) (*engine.Live, error) {
	r := s.running()
	if r == nil {
		return nil, nil
	}
	kept, waits := r.snapshot()
	live := &engine.Live{Image: kept.Image, Version: kept.Version, Since: kept.Since}
	if waits != "" {
		live.Detail = waits
		return live, r.lostFor()
	}
	a, err := r.ask(ctx)
	if err != nil {
		return nil, err
	}
	if a.version != "" {
		live.Version = a.version
	}
	live.Detail = s.host.redact(a.problem + a.differs(kept.Version))
	if live.Detail == "" {
		live.Healthy = true
		live.Detail = fmt.Sprintf("%s at %s", kept.Process, kept.Address)
	}
	return live, nil
}

// eventsSince is what the host and the runtime have noted, oldest first.
func (s *slot) eventsSince(ctx context.Context, since time.Time) []Event {
	events := s.host.runtime.Events(ctx, s.key, since)
	for i := range events {
		events[i].Text = s.host.redact(events[i].Text)
	}
	s.host.mu.Lock()
	if known := s.host.state.Slots[s.key]; known != nil {
		for _, e := range known.Events {
			if !e.At.Before(since) {
				events = append(events, e)
			}
		}
	}
	s.host.mu.Unlock()
	slices.SortStableFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	return events
}

// moment is how evidence tells when something happened: much may happen within one second of a deploy.
const moment = "2006-01-02T15:04:05.000Z"

// evidence is what is known about the slot since a moment.
func (s *slot) evidence(ctx context.Context, since time.Time) engine.Evidence {
	found := engine.Evidence{Taken: time.Now(), Live: "nothing is live in " + s.id.String()}
	live, err := s.look(ctx)
	switch {
	case err != nil:
		found.Live = fmt.Sprintf("what is live in %s is not known: %v", s.id, err)
	case live != nil:
		health := "healthy"
		if !live.Healthy {
			health = "not healthy"
		}
		found.Live = fmt.Sprintf("%s has run in %s since %s and is %s: %s",
			s.running().kept.Name, s.id, live.Since.Format(time.RFC3339), health, live.Detail)
	}
	for _, e := range s.eventsSince(ctx, since) {
		found.Events = append(found.Events, e.At.UTC().Format(moment)+" "+e.Text)
	}
	ids := s.logs()
	for _, id := range ids[max(0, len(ids)-evidenceLogs):] {
		text := strings.ToValidUTF8(lastOf(s.logFile(id), evidenceLog), "�")
		found.Logs = append(found.Logs, engine.EvidenceFile{Name: fmt.Sprintf("process %d", id), Text: s.host.redact(text)})
	}
	return found
}
