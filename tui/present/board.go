package present

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Board is everything the board shows of one entry.
type Board struct {
	Header  Header
	Columns []Column
	Empty   string // what to say instead of cards; "" when there are any
}

// Header is the line above the columns. Its fields are in the order in which they are given up when there is no room:
// last first.
type Header struct {
	Service string
	Run     string // "run 42"
	Mark    Mark
	Clock   string // elapsed
	Left    string // "~2m10s left"
	Release string // "1.8.0 3f9c1e2"
	Behind  string // "1 run behind"
	Subject string
	Team    string
	Mode    string
	Banner  string // a rehearsal's
	Reason  string // why it waits or how it ended
}

// Board presents an entry of the switcher at a moment.
func (w *World) Board(e Entry, now time.Time) Board { return w.BoardAgain(&Memo{}, e, now) }

// BoardAgain is Board for whoever asks again and again, with the same memo.
func (w *World) BoardAgain(m *Memo, e Entry, now time.Time) Board {
	run, found := w.Run(e.Run)
	if !found {
		return w.emptyBoard(e, now)
	}
	b := Board{Header: w.header(run, now), Columns: make([]Column, 0, len(run.Columns))}
	shown := 0 // of the run's columns
	upTo := func(name string) {
		for at := slices.IndexFunc(run.Columns, func(c promotion.ColumnState) bool { return c.Name == name }); shown <= at; shown++ {
			b.Columns = append(b.Columns, w.columnOf(run, run.Columns[shown], m.cardsOf(w, run, shown, now), now))
		}
	}
	for _, environment := range w.Snapshot.Environments {
		if upTo(environment.Name); shown == 0 || run.Columns[shown-1].Name != environment.Name {
			b.Columns = append(b.Columns, w.besides(run, environment, now))
		}
	}
	upTo(run.Columns[len(run.Columns)-1].Name)
	return b
}

// besides is the column of an environment that the run does not enter: what is live there, and what keeps others out.
func (w *World) besides(run promotion.Run, environment engine.EnvironmentInfo, now time.Time) Column {
	slot := w.slotOf(run, environment.Name)
	return Column{
		Name: environment.Name, Title: Title(environment.Name), Protected: environment.Protected, Drill: run.Plan.Rehearsal(),
		Mark: Mark{theme.None, "not in this run", theme.Faint}, Live: liveOf(slot.Live, run.ID, now), Head: slotMessages(slot, "", now),
	}
}

func (w *World) header(run promotion.Run, now time.Time) Header {
	mode := run.Plan.Mode
	if run.Done() {
		mode = "" // it binds nobody any more: what counts is how the next one goes
	}
	h := Header{
		Service: text.Clean(run.Plan.Service), Run: "run " + strconv.Itoa(int(run.ID)), Mark: RunMark(run), Mode: w.mode(mode),
		Release: text.Clean(run.Release.Name()), Subject: text.Clean(run.Release.Subject), Team: text.Clean(run.Plan.Team),
	}
	if run.Done() {
		h.Reason = text.Clean(run.Reason)
	} else if w.Snapshot.Halted != "" {
		h.Reason = text.Clean(w.Snapshot.Halted)
	} else if waiting := run.Waits(); waiting != nil && !imminent(run) {
		h.Reason = text.Clean(waiting.Reason)
	} else {
		h.Reason = reverted(run)
	}
	h.Clock = took(run, now)
	if left, known := w.left(run, now); known {
		h.Left = Left(left) + " left"
	}
	if run.Plan.Kind == promotion.Rollback {
		h.Release = w.rollbackTitle(run)
		h.Subject = ""
	}
	if run.Plan.Kind == promotion.Reprovision {
		h.Release = "aside: " + h.Release
	}
	h.Banner, h.Behind = Drill(run), w.behind(run)
	return h
}

// behind says how many newer promotions of the service follow this one; "" when none does.
func (w *World) behind(run promotion.Run) string {
	n := 0
	for _, other := range w.Snapshot.Runs {
		if !run.Done() && !other.Done() && other.ID > run.ID && other.Plan.Service == run.Plan.Service && other.Plan.Kind == promotion.Promotion {
			n++
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return "1 run behind"
	}
	return fmt.Sprintf("%d runs behind", n)
}

// Queue says how many runs are under way in the whole pipeline, and how many of them wait; "" when none is.
func (w *World) Queue() string {
	running, waiting := 0, 0
	for _, run := range w.Snapshot.Runs {
		if run.Done() || run.Aside() {
			continue
		}
		if _, stage, more := run.Current(); (more && stage.State == promotion.StateRunning) || imminent(run) || run.RollingBack() {
			running++
		} else {
			waiting++
		}
	}
	words := make([]string, 0, 2)
	if running > 0 {
		words = append(words, strconv.Itoa(running)+" running")
	}
	if waiting > 0 {
		words = append(words, strconv.Itoa(waiting)+" waiting")
	}
	return strings.Join(words, ", ")
}

func (w *World) rollbackTitle(run promotion.Run) string {
	where := ""
	for _, c := range run.Columns {
		where = c.Name
	}
	if run.Plan.Revert == nil || run.Plan.Revert.Target == nil {
		return "rollback of " + where + " → empty"
	}
	return "rollback of " + where + " → " + text.Clean(run.Plan.Revert.Target.Release.Name())
}

// left is how long the run will take from now on, if every stage that is not done has been timed before.
func (w *World) left(run promotion.Run, now time.Time) (time.Duration, bool) {
	if waiting := run.Waits(); run.Done() || run.RollingBack() || waiting != nil && !imminent(run) {
		return 0, false // it takes as long as whatever it waits for
	}
	var all time.Duration
	for _, c := range run.Columns {
		for _, s := range c.Stages {
			if s.Done() {
				continue
			}
			expected := w.expected(run, s.ID)
			if expected <= 0 {
				return 0, false
			}
			if s.State == promotion.StateRunning {
				expected = max(0, expected-now.Sub(s.Last().Started))
			}
			all += expected
		}
	}
	return all, all > 0
}

func (w *World) mode(mode string) string {
	if mode == "" {
		mode = w.Snapshot.Mode
	}
	switch mode {
	case "continuous-deployment":
		return "continuous deployment"
	case "continuous-delivery":
		return "continuous delivery" + said(": ", text.Clean(w.Snapshot.Justified))
	}
	return text.Clean(mode)
}

// anythingLive tells whether something of a service is live anywhere.
func (w *World) anythingLive(service string) bool {
	return slices.ContainsFunc(w.Snapshot.Environments, func(e engine.EnvironmentInfo) bool { return w.slot(e.Name, service).Live != nil })
}

// emptyBoard shows a service of which nothing has run yet: what is live, and which key starts.
func (w *World) emptyBoard(e Entry, now time.Time) Board {
	service := w.services[e.Service]
	b := Board{
		Header: Header{Service: text.Clean(e.Service), Team: text.Clean(service.Team), Mode: w.mode(""),
			Mark: Mark{theme.Waiting, "nothing has run yet", theme.Muted}},
		Columns: []Column{{Name: promotion.BuildColumn, Title: Title(promotion.BuildColumn)}},
		Empty:   "nothing has run yet",
	}
	if w.anythingLive(e.Service) { // its runs are older than those that are told of
		b.Header.Mark.Word, b.Empty = "no run of late", "no run of late"
	}
	if head := text.Clean(service.Head); head != "" {
		b.Header.Release = "newest commit " + head[:min(7, len(head))]
	}
	for _, environment := range w.Snapshot.Environments {
		slot := w.slot(environment.Name, e.Service)
		live := slotLive(slot, 0, now)
		b.Columns = append(b.Columns, Column{
			Name: environment.Name, Title: Title(environment.Name), Protected: environment.Protected,
			Live: live, Head: append(drifted(live), slotMessages(slot, "", now)...),
		})
	}
	return b
}
