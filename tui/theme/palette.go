package theme

import "github.com/charmbracelet/lipgloss"

// look is how a role is drawn.
type look struct {
	fg, bg  string
	bold    bool
	faint   bool
	reverse bool
	under   bool
}

// palette is one look for every role, and the background of the selected line.
type palette struct {
	looks     [roles]look
	selection string
}

var palettes = map[string]palette{
	"dark": {selection: "#2a3040", looks: [roles]look{
		Strong: {fg: "#e8ebf0", bold: true}, Muted: {fg: "#8a92a1"}, Faint: {fg: "#4d5464"}, Title: {fg: "#dfe3ea", bold: true},
		Accent: {fg: "#82aaff", bold: true}, Good: {fg: "#8cc27d"}, Done: {fg: "#4c7549"}, Busy: {fg: "#6cb6ff"}, Wait: {fg: "#d9b36c"},
		Bad: {fg: "#f0717b"}, Unsure: {fg: "#e0975a"}, Drill: {fg: "#c792ea", bold: true}, Key: {fg: "#b4c2dc", bold: true},
		Match: {fg: "#1c1f26", bg: "#e5c07b"}, Danger: {fg: "#ffffff", bg: "#a8323e", bold: true},
		Button: {fg: "#c8ccd4", bg: "#363d4c"}, Focused: {fg: "#10131a", bg: "#82aaff", bold: true},
		Brand: {fg: "#10131a", bg: "#82aaff", bold: true}, Tab: {fg: "#ffffff", bg: "#363d4c", bold: true},
	}},
	"light": {selection: "#dde6f7", looks: [roles]look{
		Strong: {fg: "#14171c", bold: true}, Muted: {fg: "#5b6270"}, Faint: {fg: "#a9b0bd"}, Title: {fg: "#14171c", bold: true},
		Accent: {fg: "#1d4fd8", bold: true}, Good: {fg: "#27752b"}, Done: {fg: "#8fb891"}, Busy: {fg: "#0b62c4"}, Wait: {fg: "#8a5a00"},
		Bad: {fg: "#b3202c"}, Unsure: {fg: "#a84a00"}, Drill: {fg: "#7d2bb3", bold: true}, Key: {fg: "#2b3a5c", bold: true},
		Match: {fg: "#14171c", bg: "#f3cf72"}, Danger: {fg: "#ffffff", bg: "#b3202c", bold: true},
		Button: {fg: "#2b3140", bg: "#d5dae3"}, Focused: {fg: "#ffffff", bg: "#1d4fd8", bold: true},
		Brand: {fg: "#ffffff", bg: "#1d4fd8", bold: true}, Tab: {fg: "#14171c", bg: "#d5dae3", bold: true},
	}},
	// Blue against orange, after Okabe and Ito: told apart with every common kind of colour blindness.
	"colour-blind": {selection: "#2a3040", looks: [roles]look{
		Strong: {fg: "#f2f2f2", bold: true}, Muted: {fg: "#9aa0ab"}, Faint: {fg: "#555b68"}, Title: {fg: "#f2f2f2", bold: true},
		Accent: {fg: "#ffffff", bold: true}, Good: {fg: "#56b4e9"}, Done: {fg: "#34688a"}, Busy: {fg: "#f2f2f2", bold: true}, Wait: {fg: "#f0e442"},
		Bad: {fg: "#e69f00", bold: true}, Unsure: {fg: "#cc79a7"}, Drill: {fg: "#cc79a7", bold: true}, Key: {fg: "#d5dae3", bold: true},
		Match: {fg: "#000000", bg: "#f0e442"}, Danger: {fg: "#000000", bg: "#e69f00", bold: true},
		Button: {fg: "#d5dae3", bg: "#363d4c"}, Focused: {fg: "#000000", bg: "#56b4e9", bold: true},
		Brand: {fg: "#000000", bg: "#56b4e9", bold: true}, Tab: {fg: "#ffffff", bg: "#363d4c", bold: true},
	}},
	"none": {looks: [roles]look{
		Strong: {bold: true}, Faint: {faint: true}, Title: {bold: true}, Accent: {bold: true}, Busy: {bold: true},
		Bad: {bold: true}, Drill: {bold: true}, Key: {bold: true}, Match: {reverse: true}, Danger: {reverse: true, bold: true},
		Focused: {reverse: true, bold: true}, Brand: {reverse: true}, Tab: {reverse: true}, Button: {under: true},
	}},
}

func (l look) style(r *lipgloss.Renderer, background string) lipgloss.Style {
	s := r.NewStyle().Bold(l.bold).Faint(l.faint).Reverse(l.reverse).Underline(l.under)
	if l.fg != "" {
		s = s.Foreground(lipgloss.Color(l.fg))
	}
	if l.bg != "" {
		background = l.bg
	}
	if background != "" {
		s = s.Background(lipgloss.Color(background))
	}
	return s
}
