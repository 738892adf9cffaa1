package theme

import "slices"

// Default is the theme where nothing says otherwise.
const Default = "dark"

// Mono is the theme without any colour.
const Mono = "mono"

// names are the themes in the order in which people are told of them.
var names = []string{
	"dark", "light", "high-contrast", "high-contrast-light", "deuteranopia", "deuteranopia-light",
	"protanopia", "protanopia-light", "tritanopia", "tritanopia-light", Mono,
}

// Palettes are the names that Options.Palette may have.
func Palettes() []string { return slices.Clone(names) }

// Known tells whether there is a theme of that name.
func Known(name string) bool { _, known := palettes[name]; return known }

// About says for whom a theme is.
func About(name string) string { return palettes[name].about }

// palettes are the themes. The tests of this package prove of each that it can be read, and of those for colour-blind
// people that its states stay apart for them.
var palettes = map[string]palette{
	"dark": palette{
		about: "for a dark terminal", ground: onDark, selection: "#1a2350", text: "#e8ebf0", looks: greysOnDark,
	}.coloured("#10131a", hues{
		good: "#8cc27d", done: "#83ac7d", busy: "#6cb6ff", wait: "#e3c567", bad: "#f58088", unsure: "#e08850", drill: "#c99cee", accent: "#87afff",
	}),
	"light": palette{
		about: "for a light terminal", ground: onLight, selection: "#d7ffff", text: "#14171c", looks: greysOnLight,
	}.coloured("#ffffff", hues{
		good: "#1f6b24", done: "#3b6a3e", busy: "#0b5cb8", wait: "#875f00", bad: "#af0000", unsure: "#af005f", drill: "#7427a6", accent: "#005fd7",
	}),

	// Seven to one is what WCAG 2.2 calls enhanced contrast (1.4.6).
	"high-contrast": palette{
		about: "high contrast, for a dark terminal", ground: onDark, selection: "#00005f", text: "#ffffff", light: "high-contrast-light", looks: starkOnDark,
	}.coloured("#000000", hues{
		good: "#00ff87", done: "#00ff87", busy: "#00ffff", wait: "#d7d700", bad: "#ffafaf", unsure: "#ffaf5f", drill: "#d7afff", accent: "#ffffff",
	}),
	"high-contrast-light": palette{
		about: "high contrast, for a light terminal", ground: onLight, selection: "#ffffaf", text: "#000000", looks: starkOnLight,
	}.coloured("#ffffff", hues{
		good: "#005f00", done: "#005f00", busy: "#004488", wait: "#5f4000", bad: "#882244", unsure: "#802000", drill: "#5f00d7", accent: "#000000",
	}),

	// The hues of these were searched for, with the distances that the tests measure.
	"deuteranopia": palette{
		about: "for eyes that see little green or none, on a dark terminal", ground: onDark, selection: "#1a2350", text: "#ffffff", light: "deuteranopia-light", looks: greysOnDark,
	}.coloured("#000000", hues{
		good: "#afffd7", done: "#afffd7", busy: "#00afff", wait: "#ffff87", bad: "#ff5f87", unsure: "#ff8700", drill: "#ffd7ff", accent: "#ffffff",
	}),
	"deuteranopia-light": palette{
		about: "for eyes that see little green or none, on a light terminal", ground: onLight, selection: "#d7ffff", text: "#000000", looks: greysOnLight,
	}.coloured("#ffffff", hues{
		good: "#004848", done: "#004848", busy: "#001860", wait: "#906000", bad: "#600000", unsure: "#af00af", drill: "#0000ff", accent: "#000000",
	}),
	"protanopia": palette{
		about: "for eyes that see little red or none, on a dark terminal", ground: onDark, selection: "#1a2350", text: "#ffffff", light: "protanopia-light", looks: greysOnDark,
	}.coloured("#000000", hues{
		good: "#d7ffd7", done: "#d7ffd7", busy: "#00ffff", wait: "#ffff00", bad: "#ff875f", unsure: "#d787af", drill: "#8787ff", accent: "#ffffff",
	}),
	"protanopia-light": palette{
		about: "for eyes that see little red or none, on a light terminal", ground: onLight, selection: "#d7ffff", text: "#000000", looks: greysOnLight,
	}.coloured("#ffffff", hues{
		good: "#306078", done: "#306078", busy: "#001860", wait: "#906000", bad: "#900000", unsure: "#301818", drill: "#5f00ff", accent: "#000000",
	}),
	"tritanopia": palette{
		about: "for eyes that see little blue or none, on a dark terminal", ground: onDark, selection: "#1a2350", text: "#ffffff", light: "tritanopia-light", looks: greysOnDark,
	}.coloured("#000000", hues{
		good: "#00af87", done: "#00af87", busy: "#00ffff", wait: "#d7ff5f", bad: "#ff875f", unsure: "#ffd7d7", drill: "#af87af", accent: "#ffffff",
	}),
	"tritanopia-light": palette{
		about: "for eyes that see little blue or none, on a light terminal", ground: onLight, selection: "#d7ffff", text: "#000000", looks: greysOnLight,
	}.coloured("#ffffff", hues{
		good: "#006048", done: "#006048", busy: "#303048", wait: "#786030", bad: "#c01860", unsure: "#600000", drill: "#5f0087", accent: "#000000",
	}),

	Mono: {about: "bold, underline and reverse; what NO_COLOR=1 chooses", looks: [roles]look{
		Strong: {bold: true}, Title: {bold: true}, Accent: {bold: true}, Busy: {bold: true}, Bad: {bold: true}, Drill: {bold: true},
		Key: {bold: true}, Match: {reverse: true}, Danger: {reverse: true, bold: true}, Focused: {reverse: true, bold: true},
		Brand: {reverse: true}, Tab: {reverse: true}, Button: {under: true},
	}},
}

// What tells no state is grey.
var (
	greysOnDark = [roles]look{
		Strong: {fg: "#eceff4", bold: true}, Muted: {fg: "#a8a8a8"}, Faint: {fg: "#9e9e9e"}, Title: {fg: "#e4e4e4", bold: true},
		Key: {fg: "#b4c2dc", bold: true}, Button: {fg: "#ffffff", bg: "#3a3a3a"}, Tab: {fg: "#ffffff", bg: "#3a3a3a", bold: true},
	}
	greysOnLight = [roles]look{
		Strong: {fg: "#14171c", bold: true}, Muted: {fg: "#585858"}, Faint: {fg: "#5f5f5f"}, Title: {fg: "#14171c", bold: true},
		Key: {fg: "#2b3a5c", bold: true}, Button: {fg: "#2b3140", bg: "#d5dae3"}, Tab: {fg: "#14171c", bg: "#d5dae3", bold: true},
	}
	starkOnDark = [roles]look{
		Text: {fg: "#ffffff"}, Strong: {fg: "#ffffff", bold: true}, Muted: {fg: "#d0d0d0"}, Faint: {fg: "#c6c6c6"}, Title: {fg: "#ffffff", bold: true},
		Key: {fg: "#ffff5f", bold: true}, Button: {fg: "#ffffff", bg: "#303030", under: true}, Tab: {fg: "#000000", bg: "#ffffff", bold: true},
	}
	starkOnLight = [roles]look{
		Text: {fg: "#000000"}, Strong: {fg: "#000000", bold: true}, Muted: {fg: "#303030"}, Faint: {fg: "#3a3a3a"}, Title: {fg: "#000000", bold: true},
		Key: {fg: "#00005f", bold: true}, Button: {fg: "#000000", bg: "#e4e4e4", under: true}, Tab: {fg: "#ffffff", bg: "#000000", bold: true},
	}
)
