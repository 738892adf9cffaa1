package config

import (
	"slices"
	"strings"
	"testing"
)

func TestATeamTakesAServiceIntoASlotOfItsOwn(t *testing.T) {
	p := Pipeline{
		File:         "config.toml",
		Environments: []Environment{{Name: "dev", TeamIsolation: true}, {Name: "qa"}},
		Services:     []Service{{Name: "orders", Team: "checkout", Teams: []string{"growth", "checkout"}}, {Name: "inventory", Team: "warehouse"}},
	}
	orders := p.Service("orders")
	if teams := orders.TeamsOf(); !slices.Equal(teams, []string{"checkout", "growth"}) {
		t.Errorf("orders belongs to %v", teams)
	}
	for asked, want := range map[string]string{"": "checkout", "growth": "growth", "warehouse": "warehouse"} {
		plan, err := Plan(p, "orders", PlanOptions{Team: asked})
		if err != nil || plan.Team != want || plan.Slot("dev").Team != want || plan.Slot("qa").Team != "" {
			t.Errorf("asked for %q: %q in %s and %s, %v", asked, plan.Team, plan.Slot("dev"), plan.Slot("qa"), err)
		}
		slot, err := p.TeamSlot(p.Environments[0], orders, asked)
		if err != nil || slot != plan.Slot("dev") {
			t.Errorf("asked for %q: %s, %v", asked, slot, err)
		}
	}
	_, err := Plan(p, "orders", PlanOptions{Team: "grwoth"})
	if err == nil || !strings.Contains(err.Error(), `no team "grwoth"`) || !strings.Contains(err.Error(), `did you mean "growth"?`) {
		t.Errorf("got %v", err)
	}
}
