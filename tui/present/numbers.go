package present

import (
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// NumberRow is one figure, ready to be shown.
type NumberRow struct {
	Name       string
	Value      string  // "—" where too little is known
	P95        string  // of times; ""
	N          string  // "n = 12"
	Note       string  // why there is no value, or what else is to know; ""
	Definition string  // a sentence or two
	Share      float64 // of a share its value, for a bar; else -1
	Role       theme.Role
}

// NumberRows are the rows of figures, in their order.
func NumberRows(figures []engine.Figure) []NumberRow {
	rows := make([]NumberRow, 0, len(figures))
	for _, f := range figures {
		row := NumberRow{Name: text.Clean(f.Name), Value: "—", N: fmt.Sprintf("n = %d", f.N), Note: text.Clean(f.Note),
			Definition: text.Clean(f.Definition), Share: -1, Role: theme.Muted}
		if f.Value != nil {
			row.Value, row.Role = quantity(*f.Value, f.Unit), theme.Text
			if f.Unit == engine.Share {
				row.Share = *f.Value
			}
		}
		if f.P95 != nil {
			row.P95 = quantity(*f.P95, f.Unit)
		}
		rows = append(rows, row)
	}
	return rows
}

func quantity(value float64, unit engine.Unit) string {
	switch unit {
	case engine.PerDay:
		return frequency(value)
	case engine.Seconds:
		return Elapsed(time.Duration(value * float64(time.Second)))
	case engine.Share:
		if percent := value * 100; percent > 0 && percent < 10 {
			return fmt.Sprintf("%.1f%%", percent)
		}
		return fmt.Sprintf("%.0f%%", value*100)
	}
	return fmt.Sprint(value)
}

// frequency says how often in the unit that gives a number one can picture.
func frequency(perDay float64) string {
	switch {
	case perDay == 0:
		return "none"
	case perDay >= 1:
		return fmt.Sprintf("%.1f per day", perDay)
	case perDay*7 >= 1:
		return fmt.Sprintf("%.1f per week", perDay*7)
	}
	return fmt.Sprintf("%.1f per 30 days", perDay*30)
}

// Window says what time numbers are of.
func Window(n engine.Numbers) string {
	const form = "2006-01-02 15:04"
	return fmt.Sprintf("from %s to %s", n.From.Local().Format(form), n.To.Local().Format(form))
}

// LeftOut says which runs no figure is made of; "" when there are none.
func LeftOut(l engine.LeftOut) string {
	if l == (engine.LeftOut{}) {
		return ""
	}
	return fmt.Sprintf("not counted: %s, %s, %s",
		several(l.Drills, "run of drills", "runs of drills"),
		several(l.Reprovisions, "reprovision", "reprovisions"),
		several(l.Unclean, "run of an unclean working tree", "runs of an unclean working tree"))
}

func several(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
