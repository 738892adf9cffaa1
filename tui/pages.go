package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/dialog"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/sheet"
	"github.com/gantry-cd/gantry/tui/theme"
)

// day is a day, as the numbers count.
const day = 24 * time.Hour

// windows are how far back the numbers may look.
var windows = []time.Duration{7 * day, 30 * day, 90 * day}

// reading is the page that is read besides the board: a dry run, the audit, the numbers.
type reading struct {
	sheet  sheet.View
	asked  int       // numbers what was asked for, so that an answer that comes too late is left out
	at     time.Time // when it was asked for; what is on the page is as old
	seq    int64     // the newest event then
	waits  bool      // an answer is on its way, or the moment to ask again
	empty  string    // what the page says while it has no rows
	failed bool

	dryRun engine.DryRun
	audit  []present.AuditRow // newest first
	filter string             // of the audit
	about  string             // what is compared
	window int                // of the numbers, in windows
}

// openPage opens a screen to read and asks the engine for what it shows.
func (m *model) openPage(a keys.Action, f present.Facts) tea.Cmd {
	r := &m.reading
	screen := map[keys.Action]keys.Screen{keys.DryRun: keys.DryRunScreen, keys.Audit: keys.AuditScreen, keys.Numbers: keys.NumbersScreen}[a]
	if m.screen == screen {
		m.screen = keys.Board
		return nil
	}
	if a == keys.DryRun {
		return m.openDryRun("a run of "+f.Name(), engine.StartRequest{Service: f.Service})
	}
	m.screen = screen
	*r = reading{asked: r.asked, window: 1}
	return m.askPage()
}

// openDryRun asks what a run would do, and turns to the page that says so.
func (m *model) openDryRun(of string, request engine.StartRequest) tea.Cmd {
	return m.work.dryRun(m.openRehearsal(of), request)
}

// openRehearsal turns to the page of a dry run, and numbers the question that is asked for it.
func (m *model) openRehearsal(of string) (asked int) {
	r := &m.reading
	m.screen = keys.DryRunScreen
	*r = reading{asked: r.asked + 1, at: m.now, window: 1}
	r.empty = "Asking every registry, platform and gate what " + of + " would do. Nothing is changed…"
	return r.asked
}

// read takes the answer for the page, unless another one is open by now.
func (m *model) read(msg pageMsg) {
	r := &m.reading
	if msg.asked != r.asked {
		return
	}
	r.empty, r.failed, r.waits = "", msg.err != nil, false
	switch {
	case msg.err != nil:
		r.empty = sentence(msg.err)
		r.sheet.Show(nil)
	case msg.dryRun != nil:
		r.dryRun = *msg.dryRun
		lines := present.DryRun(r.dryRun)
		r.sheet.Show(func(int) []sheet.Row { return planRows(lines) })
	case msg.compare != nil:
		rows := present.Compare(msg.compare.a, msg.compare.b, msg.compare.between, m.now)
		r.sheet.Show(func(w int) []sheet.Row { return compareRows(rows, w) })
	case msg.numbers != nil:
		f := figures{numbers: *msg.numbers, runs: msg.runs, at: r.at, days: int(windows[r.window] / day)}
		r.sheet.Replace(func(w int) []sheet.Row { return f.rows(m.theme, w) })
	default:
		r.audit = present.AuditRows(msg.audit)
		slices.Reverse(r.audit)
		r.sheet.Grow(r.auditPage())
	}
}

// filterAudit shows the entries that hold a text.
func (m *model) filterAudit(filter string) {
	r := &m.reading
	r.filter = filter
	r.sheet.Show(r.auditPage())
}

// auditPage is the rows of the audit that hold the filter's text.
func (r *reading) auditPage() func(w int) []sheet.Row {
	var rows []present.AuditRow
	for _, row := range r.audit {
		if strings.Contains(strings.ToLower(row.Line()), strings.ToLower(r.filter)) {
			rows = append(rows, row)
		}
	}
	r.empty = "Nobody has done anything yet."
	if r.filter != "" {
		r.empty = "No entry holds \"" + r.filter + "\"."
	}
	return func(w int) []sheet.Row { return auditRows(rows, w) }
}

// movePage moves a page's lines; sideways the numbers look further back or less far.
func (m *model) movePage(a keys.Action) tea.Cmd {
	r, page := &m.reading, max(1, m.h-6)
	switch a {
	case keys.Up:
		r.sheet.Scroll(-1)
	case keys.Down:
		r.sheet.Scroll(1)
	case keys.PageUp:
		r.sheet.Scroll(-page)
	case keys.PageDown:
		r.sheet.Scroll(page)
	case keys.Top:
		r.sheet.Top()
	case keys.Bottom:
		r.sheet.Bottom()
	case keys.Left, keys.Right:
		by := map[keys.Action]int{keys.Left: -1, keys.Right: 1}[a]
		if next := r.window + by; m.screen == keys.NumbersScreen && next >= 0 && next < len(windows) {
			r.window = next
			return m.askPage()
		}
	}
	return nil
}

// drawPage draws the page in exactly w × h cells.
func (m *model) drawPage(w, h int) []string {
	r := &m.reading
	p := sheet.Page{
		Border: theme.Faint, Empty: r.empty, Bottom: []frame.Part{frame.P(theme.Key, "esc"), frame.P(theme.Faint, " back")},
		Right: []frame.Part{frame.P(theme.Muted, "as of "+r.at.Local().Format("15:04:05"))},
	}
	switch m.screen {
	case keys.DryRunScreen:
		p.Title, p.Border, p.Drill = []frame.Part{frame.P(theme.Drill, "Dry run")}, theme.Drill, true
	case keys.AuditScreen:
		p.Title = []frame.Part{frame.P(theme.Title, "Audit")}
		if r.filter != "" {
			p.Title = append(p.Title, frame.P(theme.Key, "  /"+r.filter))
		}
	case keys.CompareScreen:
		p.Title = []frame.Part{frame.P(theme.Title, "Compare"), frame.P(theme.Muted, "  "+r.about)}
	case keys.NumbersScreen:
		days := fmt.Sprintf("the last %d days", windows[r.window]/day)
		p.Title = []frame.Part{frame.P(theme.Title, "Numbers"), frame.P(theme.Muted, "  "+days)}
		p.Bottom = append([]frame.Part{frame.P(theme.Key, "←→"), frame.P(theme.Faint, " other days  ")}, p.Bottom...)
	}
	if r.failed {
		p.Border = theme.Bad
	}
	return r.sheet.Draw(m.theme, p, w, h)
}

// noPlan says why there is nothing to run on the page.
func (r *reading) noPlan() string {
	if r.dryRun.Hash == "" {
		return "the dry run is not there yet"
	}
	if n := len(r.dryRun.Wrong()); n > 0 {
		return fmt.Sprintf("%d of its checks found something wrong: see the page", n)
	}
	return ""
}

// askRunPlan asks before what the dry run has shown becomes real.
func (m *model) askRunPlan() tea.Cmd {
	if why := m.reading.noPlan(); why != "" {
		return m.say(theme.Wait, "Not now: "+why)
	}
	plan := m.reading.dryRun
	d := dialog.Dialog{
		Title: "Run this plan?", Confirm: "Run it",
		Rows: []dialog.Row{
			{Text: "What the page shows happens, and nothing else: it is refused if anything has changed since.", Role: theme.Text}, {},
			{Label: "release", Text: present.PlanTitle(plan), Role: theme.Strong},
			{Label: "plan", Text: plan.Hash, Role: theme.Muted},
		},
	}
	m.openDialog(d, func(dialog.Dialog) tea.Cmd {
		if plan.Rerun != 0 {
			return m.work.rerun(plan.Service, engine.RerunRequest{ID: m.commandID(), Run: plan.Rerun, From: plan.From, Until: plan.Until, Plan: plan.Hash})
		}
		return m.work.start(engine.StartRequest{ID: m.commandID(), Service: plan.Service, Commit: plan.Commit, Until: plan.Until, Step: plan.Step, Drill: plan.Drill, Plan: plan.Hash})
	})
	return nil
}
