package chart

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/theme"
)

func drawn(parts []frame.Part) string {
	s := ""
	for _, p := range parts {
		s += p.Text
	}
	return s
}

func TestBarsRiseWithTheirValues(t *testing.T) {
	rows := Bars(theme.New(theme.Options{}), []float64{0, 1, 4, 8, 0.01}, theme.Good, 1, 2)
	if got := drawn(rows[0]) + "\n" + drawn(rows[1]); got != "   █ \n ▂██▁" {
		t.Errorf("they are drawn as\n%s", got)
	}
}

func TestAnExtentTellsTheMedianFromTheTail(t *testing.T) {
	th := theme.New(theme.Options{})
	if got := drawn(Extent(th, 5, 10, 10, theme.Good, 10)); got != "━━━━━─────" {
		t.Errorf("it is drawn as %q", got)
	}
	if got := drawn(Extent(th, 5, 0, 10, theme.Good, 10)); got != "━━━━━     " {
		t.Errorf("without a tail it is drawn as %q", got)
	}
}

func TestEveryChartHasItsWidth(t *testing.T) {
	th := theme.New(theme.Options{ASCII: true})
	rapid.Check(t, func(r *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 1e9), 1, 90).Draw(r, "values")
		width, h, cells := rapid.IntRange(1, 6).Draw(r, "width"), rapid.IntRange(1, 5).Draw(r, "h"), rapid.IntRange(1, 60).Draw(r, "cells")
		rows := Bars(th, values, theme.Good, width, h)
		if len(rows) != h {
			r.Fatalf("%d rows", len(rows))
		}
		for _, row := range rows {
			if got := frame.Width(row); got != width*len(values) {
				r.Fatalf("a row of %d cells, want %d", got, width*len(values))
			}
		}
		bottom := drawn(rows[h-1])
		for i, v := range values {
			if cell := bottom[i*width : i*width+max(1, width-1)]; (strings.TrimSpace(cell) != "") != (v > 0) {
				r.Fatalf("%v is drawn as %q", v, cell)
			}
		}
		a, b := rapid.Float64Range(0, 1).Draw(r, "a"), rapid.Float64Range(0, 1).Draw(r, "b")
		if got := frame.Width(Share(th, a, theme.Good, cells)); got != cells {
			r.Fatalf("a share of %d cells", got)
		}
		if got := frame.Width(Extent(th, min(a, b), max(a, b), 1, theme.Good, cells)); got != cells {
			r.Fatalf("an extent of %d cells", got)
		}
	})
}
