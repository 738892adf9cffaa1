package plain

import (
	"fmt"
	"io"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/present"
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
	fmt.Fprintln(t, "WHEN\tWHO\tWHAT\tOF\tWHY\tRESULT")
	for _, r := range present.AuditRows(entries) {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", r.When, r.Who, r.What, r.Of, orNone(r.Why), r.Result)
	}
	return t.Flush()
}

func orNone(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
