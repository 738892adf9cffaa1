package plain

import (
	"fmt"
	"io"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/present"
)

// Preview writes what a rollback would do. A failed write is not told: the question that follows fails too.
func Preview(w io.Writer, p engine.RollbackPreview) {
	sheet := present.NewWorld(engine.Snapshot{}).Rollback(p, p.Slot.Service, time.Now())
	t := NewTable(w)
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

// previewLine is a preview in JSON.
type previewLine struct {
	Service     string       `json:"service"`
	Team        string       `json:"team,omitempty"`
	Environment string       `json:"environment"`
	Protected   bool         `json:"protected"`
	From        *releaseLine `json:"from"` // null: nothing is live
	To          *releaseLine `json:"to"`   // null: the release would be stopped
	Available   bool         `json:"available"`
	Ends        []string     `json:"ends,omitempty"`
	Warnings    []string     `json:"warnings,omitempty"`
	Notes       []string     `json:"notes,omitempty"`
	Refused     string       `json:"refused,omitempty"`
}

// PreviewJSON writes what a rollback would do as JSON.
func PreviewJSON(w io.Writer, p engine.RollbackPreview) error {
	return writeJSON(w, previewLine{
		Service: p.Slot.Service, Team: p.Slot.Team, Environment: p.Slot.Environment, Protected: p.Protected,
		From: released(p.Slot.Service, p.From), To: released(p.Slot.Service, p.To), Available: p.Available,
		Ends: p.Ends, Warnings: p.Warnings, Notes: p.Notes, Refused: p.Refused,
	})
}
