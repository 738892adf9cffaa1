package plain

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/present"
)

// Preview writes what a rollback would do. A failed write is not told: the question that follows fails too.
func Preview(w io.Writer, p engine.RollbackPreview) {
	sheet := present.NewWorld(engine.Snapshot{}).Rollback(p, p.Slot.Service, time.Now())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, sheet.Title)
	for _, row := range sheet.Rows {
		switch {
		case row.Label != "":
			fmt.Fprintf(t, "  %s\t%s\n", row.Label, row.Text)
		case row.Text != "":
			fmt.Fprintf(t, "  %s\n", row.Text)
		}
	}
	_ = t.Flush()
}
