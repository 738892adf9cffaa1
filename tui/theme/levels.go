package theme

// Levels is how many heights a cell of a bar can have, besides none.
const Levels = 8

var (
	unicodeLevels = [Levels + 1]string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
	asciiLevels   = [Levels + 1]string{" ", ".", ".", ":", ":", "|", "|", "#", "#"}
)

// Level is a cell of an upright bar, filled from below to n of Levels.
func (t *Theme) Level(n int) string {
	n = max(0, min(n, Levels))
	if t.ascii {
		return asciiLevels[n]
	}
	return unicodeLevels[n]
}
