package theme

import "github.com/charmbracelet/bubbles/spinner"

// unicode holds narrow glyphs only: each is one cell wide in every terminal.
var unicode = [signs]string{
	None: " ", Waiting: "○", Running: "●", Succeeded: "✓", Failed: "✗", Errored: "!", Stalled: "◔", Interrupted: "⊘",
	Skipped: "–", Paused: "‖", Held: "‖", RollingBack: "↺", RolledBack: "↺", Protected: "◆", Shut: "⊠", Overridden: "»", Pointer: "▌", BarFull: "━",
	BarEmpty: "─", Arrow: "→", More: "›", Less: "‹", Dot: "·", Cursor: "▏", Note: "▸", Slow: "△", Drifted: "≠", Here: "◉", Gap: "┄",
}

// ascii is the same in seven bits.
var ascii = [signs]string{
	None: " ", Waiting: ".", Running: "*", Succeeded: "+", Failed: "x", Errored: "!", Stalled: "~", Interrupted: "/",
	Skipped: "-", Paused: "=", Held: "=", RollingBack: "<", RolledBack: "<", Protected: "#", Shut: "%", Overridden: "^", Pointer: ">", BarFull: "#",
	BarEmpty: "-", Arrow: ">", More: ">", Less: "<", Dot: "-", Cursor: "_", Note: ">", Slow: "@", Drifted: "&", Here: "o", Gap: ".",
}

var (
	unicodeSpinner = spinner.MiniDot.Frames
	asciiSpinner   = spinner.Line.Frames
)

// asciiOf replaces the glyphs that words of ours may hold where only seven bits are wanted.
var asciiOf = map[rune]string{
	'…': "~", '→': ">", '—': "-", '–': "-", '·': "-", '×': "x", '≈': "~", '↑': "^", '↓': "v", '←': "<", '›': ">", '‹': "<",
	'“': "\"", '”': "\"", '’': "'",
}
