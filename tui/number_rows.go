package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/chart"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/sheet"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// The widths of a figure's name and value; the height of a trend's bars, and how wide one of them may be.
const (
	nameCells  = 34
	valueCells = 18
	trendRows  = 3
	widestBar  = 6
	leastShare = 10
	mostShare  = 40
)

// figures are what the numbers page shows.
type figures struct {
	numbers engine.Numbers
	runs    []promotion.Run
	at      time.Time
	days    int
}

// rows are how things went over the days, then the figures of all services together with their definitions, then those
// of each.
func (f figures) rows(t *theme.Theme, w int) []sheet.Row {
	p := &numbersPage{theme: t, w: w, bar: max(leastShare, min(mostShare, w-nameCells-valueCells-30))}
	n := f.numbers
	p.say(theme.Muted, 1, fmt.Sprintf("%s; production is %s", present.Window(n), text.Clean(n.Last)))
	if left := present.LeftOut(n.LeftOut); left != "" {
		p.say(theme.Muted, 1, left)
	}
	if len(n.Services) == 0 {
		p.say(theme.Text, 1, "Nothing that counts has run yet.")
		return p.rows
	}
	p.trends(f)
	if len(n.Services) == 1 {
		p.service(n.Services[0], true)
		return p.rows
	}
	p.service(n.Overall, true)
	of := map[string][]promotion.Run{}
	for _, run := range f.runs {
		of[run.Plan.Service] = append(of[run.Plan.Service], run)
	}
	for _, service := range n.Services {
		p.service(service, false)
		p.trend(f, of[service.Service])
	}
	return p.rows
}

type numbersPage struct {
	theme *theme.Theme
	w     int
	bar   int // the width of what is drawn to a scale
	rows  []sheet.Row
}

func (p *numbersPage) say(role theme.Role, indent int, s string) {
	p.rows = append(p.rows, sheet.Row{Lead: []frame.Part{frame.P(theme.Text, text.Spaces(indent))}, Text: frame.P(role, s)})
}

func (p *numbersPage) line(parts ...frame.Part) {
	p.rows = append(p.rows, sheet.Row{Lead: parts})
}

// trends draws the days as upright bars: each trend beside its name, all on the same days.
func (p *numbersPage) trends(f figures) {
	const names = 3 + nameCells
	room := max(7, p.w-names-2)
	t := present.NewTrends(f.runs, f.at, f.days, room)
	buckets := len(t.Trends[0].Values)
	width := max(1, min(widestBar, room/buckets))
	p.say(theme.Text, 0, "")
	p.say(theme.Title, 1, "Day by day")
	for _, trend := range t.Trends {
		lead := [trendRows]frame.Part{
			frame.P(theme.Strong, text.Pad("   "+trend.Name, names)), frame.P(theme.Text, text.Pad("   "+trend.Of, names)), frame.P(theme.Text, text.Spaces(names)),
		}
		for i, row := range chart.Bars(p.theme, trend.Values, trend.Role, width, trendRows) {
			p.line(append([]frame.Part{lead[i]}, row...)...)
		}
		p.line(frame.P(theme.Text, text.Spaces(names)), frame.P(theme.Faint, strings.Repeat(p.theme.Sign(theme.BarEmpty), width*buckets)))
	}
	days := t.First() + text.PadLeft(t.Last(), max(0, width*buckets-text.Width(t.First())))
	p.line(frame.P(theme.Text, text.Spaces(names)), frame.P(theme.Muted, days))
	for _, trend := range t.Trends {
		p.say(theme.Muted, 3, trend.Name+": "+trend.Definition)
	}
}

// trend draws the days of one service, each trend in one row.
func (p *numbersPage) trend(f figures, runs []promotion.Run) {
	const names = 3 + nameCells
	room := max(7, p.w-names-valueCells-10)
	t := present.NewTrends(runs, f.at, f.days, room)
	width := max(1, min(2, room/len(t.Trends[0].Values)))
	p.say(theme.Text, 0, "")
	p.say(theme.Muted, 1, fmt.Sprintf("Day by day, from %s to %s", t.First(), t.Last()))
	for _, trend := range t.Trends {
		bars := chart.Bars(p.theme, trend.Values, trend.Role, width, 1)[0]
		lead := append([]frame.Part{frame.P(theme.Text, text.Pad("   "+trend.Name, names))}, bars...)
		p.rows = append(p.rows, sheet.Row{Lead: append(lead, frame.P(theme.Text, "  ")), Hang: 5, Text: frame.P(theme.Muted, trend.Of)})
	}
}

func (p *numbersPage) service(n engine.ServiceNumber, define bool) {
	name := text.Clean(n.Service)
	if name == "" {
		name = "All services"
	}
	p.say(theme.Text, 0, "")
	p.say(theme.Title, 1, name)
	for _, row := range present.NumberRows(n.Figures) {
		var bar []frame.Part
		if row.Share >= 0 {
			bar = chart.Share(p.theme, row.Share, theme.Busy, p.bar)
		}
		p.figure(row, bar)
		if define {
			p.say(theme.Muted, 5, row.Definition)
		}
	}
	if len(n.Overridden) > 0 {
		p.say(theme.Wait, 3, "waved through by a person, which is no pass: run "+strings.Trim(fmt.Sprint(n.Overridden), "[]"))
	}
	if len(n.Stages) == 0 {
		return
	}
	p.say(theme.Text, 0, "")
	p.line(frame.P(theme.Muted, " How long the stages take: "), frame.P(theme.Busy, strings.Repeat(p.theme.Sign(theme.BarFull), 2)), frame.P(theme.Muted, " the median, "),
		frame.P(theme.Busy, strings.Repeat(p.theme.Sign(theme.BarEmpty), 2)), frame.P(theme.Muted, " what 95 of 100 stay below"))
	medians, p95s, longest := present.Extents(n.Stages)
	for i, row := range present.NumberRows(n.Stages) {
		var bar []frame.Part
		if medians[i] > 0 {
			bar = chart.Extent(p.theme, medians[i], p95s[i], longest, theme.Busy, p.bar)
		}
		p.figure(row, bar)
	}
}

// figure is one line: the name, the value, a bar where there is a scale, and how much it was made of.
func (p *numbersPage) figure(row present.NumberRow, bar []frame.Part) {
	value := row.Value
	if row.P95 != "" {
		value += "  p95 " + row.P95
	}
	known := row.N
	switch {
	case row.Value == "—" && row.Note != "":
		known = row.Note
	case row.Note != "":
		known += "; " + row.Note
	}
	lead := []frame.Part{frame.P(theme.Text, "   "+text.Pad(row.Name, nameCells))}
	if row.Value == "—" {
		lead = append(lead, frame.P(row.Role, "—  "))
	} else {
		lead = append(lead, frame.P(row.Role, text.Pad(value, valueCells)))
		if len(bar) > 0 {
			lead = append(append(lead, bar...), frame.P(theme.Text, "  "))
		}
	}
	p.rows = append(p.rows, sheet.Row{Lead: lead, Hang: 5, Text: frame.P(theme.Muted, known)})
}
