// Package chart draws figures: upright bars over time, a share of a whole, a time with its usual extent.
package chart

import (
	"strings"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Bars draws upright bars in h rows, each bar so many cells wide; the highest value fills its bar. One that is not 0 is
// never drawn as nothing.
func Bars(t *theme.Theme, values []float64, role theme.Role, width, h int) [][]frame.Part {
	highest := 0.0
	for _, v := range values {
		highest = max(highest, v)
	}
	gap := 0
	if width > 1 {
		gap = 1
	}
	rows := make([][]frame.Part, h)
	for row := range h {
		var b strings.Builder
		below := (h - 1 - row) * theme.Levels
		for _, v := range values {
			level := 0
			if highest > 0 && v > 0 {
				level = max(1, int(v/highest*float64(h*theme.Levels)+0.5))
			}
			b.WriteString(strings.Repeat(t.Level(level-below), width-gap) + text.Spaces(gap))
		}
		rows[row] = []frame.Part{frame.P(role, b.String())}
	}
	return rows
}

// Share draws a value between 0 and 1 in so many cells.
func Share(t *theme.Theme, value float64, role theme.Role, cells int) []frame.Part {
	full := max(0, min(cells, int(value*float64(cells)+0.5)))
	return []frame.Part{
		frame.P(role, strings.Repeat(t.Sign(theme.BarFull), full)), frame.P(theme.Faint, strings.Repeat(t.Sign(theme.BarEmpty), cells-full)),
	}
}

// Extent draws a median as a thick line and, beyond it, what 95 of 100 stay below as a thin one, of the longest that
// shares the scale. Without a 95th percentile, which is 0, it ends with the median.
func Extent(t *theme.Theme, median, p95, longest float64, role theme.Role, cells int) []frame.Part {
	place := func(v float64) int {
		if longest <= 0 {
			return 0
		}
		return max(1, min(cells, int(v/longest*float64(cells)+0.5)))
	}
	thick := place(median)
	thin := max(0, place(p95)-thick)
	if p95 <= median {
		thin = 0
	}
	return []frame.Part{
		frame.P(role, strings.Repeat(t.Sign(theme.BarFull), thick)), frame.P(role, strings.Repeat(t.Sign(theme.BarEmpty), thin)),
		frame.P(theme.Text, text.Spaces(cells-thick-thin)),
	}
}
