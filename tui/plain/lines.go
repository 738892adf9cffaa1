package plain

import (
	"encoding/json"
	"io"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// lines prints one event a line, as JSON.
type lines struct {
	out      *json.Encoder
	finished promotion.Event // the run's own end, which the last line takes up
}

func newLines(w io.Writer) *lines {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return &lines{out: out}
}

// finished is the last line: the run's end, with what it means for the release and the environments.
type finished struct {
	Seq          int64                      `json:"seq,omitempty"`
	At           *time.Time                 `json:"at,omitempty"`
	Run          promotion.RunID            `json:"run"`
	Type         promotion.EventType        `json:"type"`
	Outcome      string                     `json:"outcome"`
	Drill        *drillLine                 `json:"drill,omitempty"`
	Reason       string                     `json:"reason,omitempty"`
	Release      promotion.Release          `json:"release"`
	Environments map[string]environmentLine `json:"environments"`
	Aside        *asideLine                 `json:"aside,omitempty"` // of a reprovision that is up
}

// environmentLine is what is live in an environment when the run ends; Release is null where nothing is.
type environmentLine struct {
	Release *promotion.Release `json:"release"`
	Since   *time.Time         `json:"since,omitempty"`
	Cause   string             `json:"cause,omitempty"`
}

func (l *lines) event(_ promotion.Run, e promotion.Event, main bool) error {
	if main && e.Type == promotion.RunFinished {
		l.finished = e
		return nil
	}
	return l.out.Encode(e)
}

func (l *lines) waits(promotion.Run, string, time.Time) error { return nil }

// slowLine says that a running stage takes longer than it usually does. It is no event: nothing is journalled.
type slowLine struct {
	At   time.Time           `json:"at"`
	Run  promotion.RunID     `json:"run"`
	Type promotion.EventType `json:"type"` // "stage.slow"
	Text string              `json:"text"`
}

func (l *lines) slow(run promotion.Run, what string, at time.Time, _ bool) error {
	return l.out.Encode(slowLine{At: at, Run: run.ID, Type: "stage.slow", Text: what})
}

// noticeLine is what the engine says that belongs to no run.
type noticeLine struct {
	At    time.Time           `json:"at"`
	Type  promotion.EventType `json:"type"` // "notice"
	Text  string              `json:"text"`
	Error bool                `json:"error"`
}

func (l *lines) notice(n engine.Notice) error {
	return l.out.Encode(noticeLine{At: n.At, Type: "notice", Text: n.Text, Error: n.Error})
}

func (l *lines) state(engine.Snapshot, promotion.Run) error { return nil }

func (l *lines) end(s engine.Snapshot, run promotion.Run) error {
	last := finished{
		Seq: l.finished.Seq, Run: run.ID, Type: promotion.RunFinished, Outcome: string(run.Outcome), Drill: drillOf(run), Reason: run.Reason,
		Release: run.Release, Environments: map[string]environmentLine{},
	}
	if !l.finished.At.IsZero() {
		last.At = &l.finished.At
	}
	if !run.Done() {
		last.Outcome = "held"
		if waiting := run.Waits(); waiting != nil {
			last.Reason = waiting.Reason
		}
	}
	if last.Aside = putAside(run); last.Aside != nil {
		last.Outcome = "aside"
	}
	for _, c := range run.Columns {
		if c.Name != promotion.BuildColumn {
			counts := run.Plan.Slot(c.Name)
			counts.Aside = 0
			last.Environments[c.Name] = liveIn(s, counts)
		}
	}
	return l.out.Encode(last)
}

func liveIn(s engine.Snapshot, slot promotion.Slot) environmentLine {
	for _, info := range s.Slots {
		if info.Slot == slot && info.Live != nil {
			return environmentLine{Release: &info.Live.Release, Since: &info.Live.Since, Cause: info.Live.Cause}
		}
	}
	return environmentLine{}
}
