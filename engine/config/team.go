package config

import (
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// TeamsOf are the teams that a service is said to belong to, its own first.
func (s Service) TeamsOf() []string {
	var teams []string
	for _, team := range append([]string{s.Team}, s.Teams...) {
		if team != "" && !slices.Contains(teams, team) {
			teams = append(teams, team)
		}
	}
	return teams
}

// team is the named team, which may take the service into a slot of its own; "" is the service's own.
func (p Pipeline) team(s Service, name string) (string, error) {
	if name == "" {
		return s.Team, nil
	}
	var teams []string
	for _, other := range append([]Service{s}, p.Services...) {
		for _, team := range other.TeamsOf() {
			if !slices.Contains(teams, team) {
				teams = append(teams, team)
			}
		}
	}
	if !slices.Contains(teams, name) {
		return "", fmt.Errorf("there is no team %q in %s: it has %s%s; a service lists those that work on it as well: teams = [%q]",
			name, p.File, listed(teams), DidYouMean(name, teams), name)
	}
	return name, nil
}

// SlotOf is where the service of its own team runs in the environment.
func (p Pipeline) SlotOf(e Environment, s Service) promotion.Slot {
	slot := promotion.Slot{Environment: e.Name, Service: s.Name}
	if e.TeamIsolation {
		slot.Team = s.Team
	}
	return slot
}

// TeamSlot is where a team has the service run in the environment; team "" is the service's own.
func (p Pipeline) TeamSlot(e Environment, s Service, team string) (promotion.Slot, error) {
	slot := p.SlotOf(e, s)
	team, err := p.team(s, team)
	if err == nil && e.TeamIsolation {
		slot.Team = team
	}
	return slot, err
}
