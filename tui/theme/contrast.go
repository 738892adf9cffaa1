package theme

import (
	"math"
	"strconv"
)

// linear is a colour as an amount of light: red, green and blue, each from 0 to 1.
type linear [3]float64

// parse reads "#rrggbb".
func parse(hex string) linear {
	n, err := strconv.ParseUint(hex[1:], 16, 24)
	if err != nil || len(hex) != 7 {
		panic("theme: " + hex + " is no colour") // ours, and drawn by every test
	}
	var c linear
	for i := range c {
		c[i] = undoGamma(float64(n>>(16-8*i)&0xff) / 255)
	}
	return c
}

// undoGamma turns a channel of sRGB (IEC 61966-2-1) into an amount of light.
func undoGamma(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// luminance is how bright a colour is, as WCAG 2.2 defines it.
func (c linear) luminance() float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] }

// contrast is the ratio of WCAG 2.2 between two colours, from 1 to 21.
func contrast(a, b linear) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Colour is what a theme draws a role with, and how well that can be read.
type Colour struct {
	Hex      string  // "#rrggbb"; "" is the terminal's own
	On       string  // its background; "" is the terminal's own
	Contrast float64 // the least of WCAG's ratios on any background that the theme is for; 0 when the terminal chooses
}

// ColourOf is what a theme draws a role with.
func ColourOf(name string, role Role) Colour {
	p := palettes[name]
	fg, bg := p.colours(role, false)
	c := Colour{Hex: fg, On: bg}
	if fg == "" {
		return c
	}
	grounds := []string{bg}
	if bg == "" {
		grounds = []string{p.ground.from, p.ground.to, p.selection}
	}
	c.Contrast = 21
	for _, ground := range grounds {
		c.Contrast = min(c.Contrast, contrast(parse(fg), parse(ground)))
	}
	return c
}
