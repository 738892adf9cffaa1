package theme

import "github.com/charmbracelet/lipgloss"

// look is how a role is drawn.
type look struct {
	fg, bg  string
	bold    bool
	reverse bool
	under   bool
}

// palette is one look for every role. A look without a colour leaves the terminal's own.
type palette struct {
	about     string // for whom it is
	light     string // its twin for a light ground; "" when there is none
	ground    ground
	looks     [roles]look
	selection string // the background of the selected line
	text      string // what is read on the selected line: a background is never given without a text
}

// ground is which backgrounds of a terminal a palette is made for: everything between two colours. One is shown
// under a preview.
type ground struct{ from, to, shown string }

var (
	onDark  = ground{"#000000", "#282c34", "#000000"}
	onLight = ground{"#f2f2f2", "#ffffff", "#ffffff"}
)

// hues are the colours of a palette that tell something; the rest is grey.
type hues struct {
	good, done, busy, wait, bad, unsure, drill string
	accent                                     string
}

// coloured is the palette with its hues. ink is what is read on one of them.
func (p palette) coloured(ink string, h hues) palette {
	p.looks[Good], p.looks[Done], p.looks[Busy] = look{fg: h.good}, look{fg: h.done}, look{fg: h.busy}
	p.looks[Wait], p.looks[Bad], p.looks[Unsure] = look{fg: h.wait}, look{fg: h.bad}, look{fg: h.unsure}
	p.looks[Drill], p.looks[Accent] = look{fg: h.drill, bold: true}, look{fg: h.accent, bold: true}
	p.looks[Match] = look{fg: ink, bg: h.wait}
	p.looks[Danger] = look{fg: ink, bg: h.bad, bold: true}
	p.looks[Focused] = look{fg: ink, bg: h.accent, bold: true}
	p.looks[Brand] = p.looks[Focused]
	return p
}

func (p palette) style(r *lipgloss.Renderer, role Role, selected bool) lipgloss.Style {
	l := p.looks[role]
	s := r.NewStyle().Bold(l.bold).Reverse(l.reverse).Underline(l.under)
	fg, bg := p.colours(role, selected)
	if fg != "" {
		s = s.Foreground(lipgloss.Color(fg))
	}
	if bg != "" {
		s = s.Background(lipgloss.Color(bg))
	}
	return s
}

// under is a background that the palette is made for, with what is read on it where no role gives a colour.
func (p palette) under(r *lipgloss.Renderer) lipgloss.Style {
	if p.text == "" {
		return r.NewStyle()
	}
	return r.NewStyle().Foreground(lipgloss.Color(p.text)).Background(lipgloss.Color(p.ground.shown))
}

// colours are what a role is drawn with, on the selected line or not; "" is the terminal's own.
func (p palette) colours(role Role, selected bool) (fg, bg string) {
	fg, bg = p.looks[role].fg, p.looks[role].bg
	if selected && bg == "" {
		bg = p.selection
	}
	if fg == "" && bg != "" {
		fg = p.text
	}
	return fg, bg
}
