package plain

import (
	"fmt"
	"io"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
)

// Audit writes who did what, when and why, and what came of it, newest last: as a table or, in the format JSON, as an
// array.
func Audit(w io.Writer, entries []engine.AuditEntry, format string) error {
	if format == JSON {
		if entries == nil {
			entries = []engine.AuditEntry{}
		}
		return writeJSON(w, entries)
	}
	if len(entries) == 0 {
		_, err := fmt.Fprintln(w, "Nobody has done anything here.")
		return err
	}
	t := NewTable(w)
	rows := present.AuditRows(entries)
	column := text.Width("WHY")
	for _, r := range rows {
		if width := text.Width(r.Why); width <= widestWhy {
			column = max(column, width)
		}
	}
	fmt.Fprintf(t, "WHEN\tWHO\tWHAT\tOF\t%s  RESULT\n", atLeast("WHY", column))
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s  %s\n", r.When, r.Who, r.What, r.Of, atLeast(orNone(r.Why), column), r.Result)
	}
	return t.Flush()
}

// widestWhy is how wide the column of reasons gets. A longer reason pushes its own result aside, and not everybody else's off
// the screen: a policy quotes the line that it rolled back for.
const widestWhy = 40

func atLeast(s string, w int) string { return s + text.Spaces(w-text.Width(s)) }

func orNone(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
