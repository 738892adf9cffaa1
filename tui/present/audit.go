package present

import (
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// AuditRow is one entry of the audit, ready to be shown: every text is clean and fits in one line.
type AuditRow struct {
	Run    promotion.RunID // 0: it was about a slot
	When   string
	Who    string
	What   string // "start", "rollback qa", "override qa/e2e"
	Of     string // "run 42 · orders 1.8.0 3f9c1e2"
	Why    string
	Result string
	Role   theme.Role
}

// AuditRows are the rows of an audit, in its order.
func AuditRows(entries []engine.AuditEntry) []AuditRow {
	rows := make([]AuditRow, 0, len(entries))
	for _, e := range entries {
		rows = append(rows, auditRow(e))
	}
	return rows
}

func auditRow(e engine.AuditEntry) AuditRow {
	row := AuditRow{
		Run: e.Run, When: e.At.Local().Format("2006-01-02 15:04:05"), Who: text.Clean(e.Who), What: string(e.What), Of: text.Clean(e.Service),
		Why: text.Clean(e.Why), Result: text.Clean(e.Result), Role: theme.Text,
	}
	switch {
	case e.Stage != "":
		row.What += " " + text.Clean(string(e.Stage))
	case e.Environment != "":
		row.What += " " + text.Clean(e.Environment)
	}
	if e.Release != "" {
		row.Of += " " + text.Clean(e.Release)
	}
	if e.Run != 0 {
		row.Of = fmt.Sprintf("run %d · %s", e.Run, row.Of)
	}
	switch {
	case e.Drill:
		row.What, row.Role = "DRILL "+row.What, theme.Drill
	case e.Refused:
		row.Role = theme.Unsure
	case e.What == promotion.VerbOverride, e.What == promotion.VerbRollBack:
		row.Role = theme.Wait // what an auditor looks for first
	case e.Automatic:
		row.Role = theme.Muted
	}
	return row
}

// Line is the row as one line of text.
func (r AuditRow) Line() string {
	parts := []string{r.When, r.Who, r.What, r.Of}
	if r.Why != "" {
		parts = append(parts, "because: "+r.Why)
	}
	return strings.Join(append(parts, "→ "+r.Result), "  ")
}
