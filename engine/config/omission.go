package config

import (
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// omission is a check that the pipeline is made for and a service goes without.
type omission struct {
	kind promotion.Kind
	text string
}

// omissions are what a service leaves out, on purpose or not.
func (p Pipeline) omissions(s Service) []omission {
	var list []omission
	leaves := func(kind promotion.Kind, format string, args ...any) {
		list = append(list, omission{kind, fmt.Sprintf(format, args...)})
	}
	if len(s.DependsOn) > 0 && !s.testsContracts() {
		leaves(promotion.KindContract, "no contract tests against %s", listed(s.DependsOn))
	}
	for _, kind := range []promotion.Kind{promotion.KindAcceptance, promotion.KindE2E} {
		if where := p.verifying(kind); s.suite(kind) == nil && len(where) > 0 {
			leaves(kind, "no %s suite, which %s would run", kind, listed(where))
		}
	}
	if s.Migrations != nil && slices.Contains(s.Drop, promotion.KindCompat) {
		leaves(promotion.KindCompat, "no compat: nothing proves that a migration is backward compatible")
	}
	publishing := slices.ContainsFunc(p.Environments, func(e Environment) bool { return e.PublishStub })
	if publishing && (s.Contract == "" || slices.Contains(s.Drop, promotion.KindStub)) {
		leaves(promotion.KindStub, "no contract, so no stub is published that others can test against")
	}
	return list
}

// verifying are the environments that run a suite of a kind.
func (p Pipeline) verifying(kind promotion.Kind) []string {
	var names []string
	for _, e := range p.Environments {
		if slices.Contains(e.Verify, kind) {
			names = append(names, e.Name)
		}
	}
	return names
}
