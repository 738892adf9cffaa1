package plain

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
)

// statusLine is one slot of `status --output json`. The names are stable.
type statusLine struct {
	Service     string       `json:"service"`
	Team        string       `json:"team"`
	Environment string       `json:"environment"`
	Release     *releaseLine `json:"release"` // null: nothing is live
	Since       *time.Time   `json:"since"`
	Health      string       `json:"health"`           // healthy | unhealthy | empty | unknown
	Detail      string       `json:"detail,omitempty"` // why it is unhealthy, or what its platform has not decided yet
	LastGood    *releaseLine `json:"last_good"`
	Drift       string       `json:"drift"`
	Hold        string       `json:"hold"`
	Error       string       `json:"error,omitempty"`
	Aside       []asideLine  `json:"aside,omitempty"` // what was put aside next to it, and is not live
}

type releaseLine struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Image   string `json:"image"`
	Digest  string `json:"digest"`
	Dirty   string `json:"dirty,omitempty"` // the hash of its files, where they were no commit
}

// Status writes what is live where, as a table or, in the format JSON, as an array.
func Status(w io.Writer, all []engine.Status, format string) error {
	if format == JSON {
		lines := make([]statusLine, 0, len(all))
		for _, s := range all {
			lines = append(lines, lineOf(s))
		}
		return writeJSON(w, lines)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "No service is configured.")
		return err
	}
	t := NewTable(w)
	fmt.Fprintln(t, "SERVICE\tENVIRONMENT\tRELEASE\tSINCE\tHEALTH\tLAST GOOD\tREMARKS")
	several := teams(all)
	for _, s := range all {
		l := lineOf(s)
		where := l.Environment
		if several[promotion.Slot{Environment: l.Environment, Service: l.Service}] > 1 {
			where += " (" + l.Team + ")"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", text.Clean(l.Service), text.Clean(where), l.Release.name(),
			moment(l.Since), l.Health, l.LastGood.name(), strings.Join(l.remarks(), "; "))
		for _, aside := range l.Aside {
			if err := aside.row(t, l.Service, where); err != nil {
				return err
			}
		}
	}
	return t.Flush()
}

// remarks is what is to say of a slot besides.
func (l statusLine) remarks() []string { return cleaned([]string{l.Detail, l.Drift, l.Hold, l.Error}) }

// cleaned are the texts that say something, fit to be printed.
func cleaned(texts []string) []string {
	said := make([]string, 0, len(texts))
	for _, t := range texts {
		said = append(said, text.Clean(t))
	}
	return slices.DeleteFunc(said, func(t string) bool { return t == "" })
}

// teams counts the slots of a service in an environment: where there are several, each is told with its team.
func teams(all []engine.Status) map[promotion.Slot]int {
	counted := map[promotion.Slot]int{}
	for _, s := range all {
		counted[promotion.Slot{Environment: s.Slot.Environment, Service: s.Slot.Service}]++
	}
	return counted
}

// lineOf says what runs, by what the platform says where it could be asked, else by the journal.
func lineOf(s engine.Status) statusLine {
	l := statusLine{
		Service: s.Slot.Service, Team: s.Slot.Team, Environment: s.Slot.Environment, Health: "empty",
		LastGood: released(s.Slot.Service, s.LastGood), Drift: s.Drift, Hold: s.Hold, Error: s.Error,
	}
	for _, aside := range s.Aside {
		l.Aside = append(l.Aside, asideOf(aside))
	}
	switch {
	case s.Error != "":
		l.Health, l.Release = "unknown", released(s.Slot.Service, s.Recorded)
	case s.Live != nil:
		l.Health, l.Detail = "unhealthy", s.Live.Detail
		if s.Live.Healthy {
			l.Health = "healthy"
		}
		if s.Live.Healthy && !s.Live.Unsettled {
			l.Detail = ""
		}
		l.Release = &releaseLine{Version: s.Live.Version, Image: image(s.Slot.Service, s.Live.Image), Digest: string(s.Live.Image)}
		if s.Recorded != nil && s.Recorded.Release.Image == s.Live.Image {
			l.Release = released(s.Slot.Service, s.Recorded)
		}
		if !s.Live.Since.IsZero() {
			l.Since = &s.Live.Since
		}
	}
	if l.Since == nil && l.Release != nil && s.Recorded != nil {
		l.Since = &s.Recorded.Since
	}
	return l
}

func released(service string, d *promotion.Deployment) *releaseLine {
	if d == nil {
		return nil
	}
	return &releaseLine{Version: d.Release.Version, Commit: d.Release.Commit, Image: image(service, d.Release.Image), Digest: string(d.Release.Image), Dirty: d.Release.Dirty}
}

func image(service string, d promotion.Digest) string {
	if d == "" {
		return ""
	}
	return service + "@" + string(d)
}

func (r *releaseLine) name() string {
	if r == nil {
		return "—"
	}
	return text.Clean(promotion.Release{Version: r.Version, Commit: r.Commit, Dirty: r.Dirty}.Name())
}

func moment(t *time.Time) string {
	if t == nil {
		return "—"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

func writeJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}
