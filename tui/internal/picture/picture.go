// Package picture draws a frame of the console as an SVG, for the documentation. Only tests use it.
package picture

import (
	"fmt"
	"html"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// One cell of the terminal and the window around it, in pixels.
const (
	cellWidth, cellHeight = 8.4, 18
	margin, bar           = 14, 30
	fontSize              = 14
)

// The window's own colours; what is drawn in it brings its own.
const (
	background = "#14161b"
	frameLine  = "#2b303b"
	foreground = "#c8ccd4"
)

// style is how a run of cells looks.
type style struct {
	fg, bg       string
	bold, italic bool
	faint        bool
}

// SVG draws a frame, as the program writes it to a terminal, in a window with a title.
func SVG(frame, title string) string {
	lines := strings.Split(strings.TrimRight(frame, "\n"), "\n")
	columns := 0
	for _, line := range lines {
		columns = max(columns, ansi.StringWidth(line))
	}
	width, height := float64(columns)*cellWidth+2*margin, len(lines)*cellHeight+bar+margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" width="%.0f" height="%d" role="img" aria-label="%s">`+"\n",
		width, height, width, height, html.EscapeString(title))
	fmt.Fprintf(&b, `<rect x=".5" y=".5" width="%.0f" height="%d" rx="8" fill="%s" stroke="%s"/>`+"\n", width-1, height-1, background, frameLine)
	for i, colour := range []string{"#e06c75", "#e5c07b", "#98c379"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="15" r="5" fill="%s"/>`+"\n", 18+i*16, colour)
	}
	fmt.Fprintf(&b, `<g font-family="ui-monospace,SFMono-Regular,Menlo,'JetBrains Mono','DejaVu Sans Mono',Consolas,monospace" font-size="%d" style="font-variant-ligatures:none" xml:space="preserve">`+"\n", fontSize)
	for y, line := range lines {
		row(&b, line, float64(bar+y*cellHeight))
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// row draws one line: a text for every run of cells that look the same, stretched to its cells whatever the font.
func row(b *strings.Builder, line string, top float64) {
	var now style
	var text strings.Builder
	start, at := 0, 0
	flush := func() {
		run(b, text.String(), now, margin+float64(start)*cellWidth, top, at-start)
		text.Reset()
		start = at
	}
	state := byte(0)
	for line != "" {
		seq, width, n, next := ansi.DecodeSequence(line, state, nil)
		line, state = line[n:], next
		if width > 0 {
			text.WriteString(seq)
			at += width
			continue
		}
		if codes, found := strings.CutPrefix(seq, "\x1b["); found && strings.HasSuffix(codes, "m") {
			flush()
			now.sgr(strings.Split(strings.TrimSuffix(codes, "m"), ";"))
		}
	}
	flush()
}

func run(b *strings.Builder, text string, s style, x, top float64, cells int) {
	if cells == 0 {
		return
	}
	if s.bg != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.0f" width="%.1f" height="%d" fill="%s"/>`+"\n", x, top, float64(cells)*cellWidth+.3, cellHeight, s.bg)
	}
	if strings.TrimSpace(text) == "" {
		return
	}
	look := ""
	if s.bold {
		look += ` font-weight="bold"`
	}
	if s.italic {
		look += ` font-style="italic"`
	}
	if s.faint {
		look += ` opacity=".6"`
	}
	colour := s.fg
	if colour == "" {
		colour = foreground
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="%s"%s textLength="%.1f" lengthAdjust="spacingAndGlyphs">%s</text>`+"\n",
		x, top+13, colour, look, float64(cells)*cellWidth, html.EscapeString(text))
}

// sgr takes one "select graphic rendition" into account.
func (s *style) sgr(codes []string) {
	for i := 0; i < len(codes); i++ {
		switch code := codes[i]; code {
		case "", "0":
			*s = style{}
		case "1":
			s.bold = true
		case "2":
			s.faint = true
		case "3":
			s.italic = true
		case "22":
			s.bold, s.faint = false, false
		case "39":
			s.fg = ""
		case "49":
			s.bg = ""
		case "38", "48":
			colour, used := extended(codes[i+1:])
			if i += used; code == "38" {
				s.fg = colour
			} else {
				s.bg = colour
			}
		}
	}
}

// extended reads the red, green and blue of a colour, and how many codes they were.
func extended(codes []string) (string, int) {
	if len(codes) < 4 || codes[0] != "2" {
		return "", min(2, len(codes))
	}
	colour := "#"
	for _, part := range codes[1:4] {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			return "", 4
		}
		colour += fmt.Sprintf("%02x", n)
	}
	return colour, 4
}
