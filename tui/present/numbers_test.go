package present_test

import (
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

func TestAFigureReadsAsPeopleSayIt(t *testing.T) {
	for _, c := range []struct {
		value float64
		unit  engine.Unit
		want  string
	}{
		{3.25, engine.PerDay, "3.2 per day"}, {0.5, engine.PerDay, "3.5 per week"}, {0.05, engine.PerDay, "1.5 per 30 days"}, {0, engine.PerDay, "none"},
		{4.2 * 3600, engine.Seconds, "4h12m"}, {0.42, engine.Seconds, "0.4s"},
		{0, engine.Share, "0%"}, {0.034, engine.Share, "3.4%"}, {0.5, engine.Share, "50%"}, {1, engine.Share, "100%"},
	} {
		row := present.NumberRows([]engine.Figure{{Value: &c.value, Unit: c.unit, N: 12}})[0]
		if row.Value != c.want || row.N != "n = 12" {
			t.Errorf("%v %s reads %q, %q: want %q", c.value, c.unit, row.Value, row.N, c.want)
		}
	}
	none := present.NumberRows([]engine.Figure{{Unit: engine.Share, N: 2, Note: "n = 2, too few: 5 are needed"}})[0]
	if none.Value != "—" || none.Note != "n = 2, too few: 5 are needed" || none.Share != -1 {
		t.Errorf("too few read %+v", none)
	}
}

func TestAnAuditRowStandsOutWhereAnAuditorLooksFirst(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	rows := present.AuditRows([]engine.AuditEntry{
		{At: at, Who: "bob", What: promotion.VerbOverride, Run: 42, Service: "orders", Stage: "qa/e2e", Environment: "qa", Release: "1.8.0 3f9c1e2", Why: "a \x1b[31mflake", Result: "done"},
		{At: at, Who: "gantry", Automatic: true, What: "deploy", Run: 42, Service: "orders", Environment: "qa", Result: "live"},
		{At: at, Who: "ada", What: promotion.VerbHold, Service: "orders", Environment: "prod", Result: "done"},
		{At: at, Who: "ada", What: promotion.VerbStart, Run: 43, Service: "orders", Result: "goes on", Drill: true},
	})
	if r := rows[0]; r.What != "override qa/e2e" || r.Of != "run 42 · orders 1.8.0 3f9c1e2" || r.Why != "a flake" || r.Role != theme.Wait {
		t.Errorf("the override reads %+v", r)
	}
	if rows[1].Role != theme.Muted || rows[2].Of != "orders" || rows[2].What != "hold prod" {
		t.Errorf("the rest reads %+v", rows[1:])
	}
	if r := rows[3]; r.What != "DRILL start" || r.Role != theme.Drill {
		t.Errorf("the drill reads %+v", r)
	}
}
