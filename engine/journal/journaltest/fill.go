// Package journaltest makes state directories in which much has happened: the journals of runs that nobody executed, in a
// minute instead of a year. The same arguments give the same journal.
package journaltest

import (
	"crypto/sha1"
	"fmt"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// began is when the first run of a journal began.
var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Fill journals so many promotions of a pipeline's services, which take turns. Every 21st fails in qa and is rolled
// back, in runs of their own. It returns how many events that were. newest is what the last promotion of a service was
// built from, so that whoever watches for merges has seen it; nil where nobody does.
func Fill(t testing.TB, state string, p config.Pipeline, promotions int, newest func(config.Service) promotion.Source) (events int) {
	t.Helper()
	opened, err := journal.Open(state, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	a := &author{t: t, journal: opened, ledger: promotion.NewLedger(), now: began}
	a.ledger.Rely(func(promotion.RunID, int64) (promotion.Run, error) { return promotion.Run{}, nil })
	for n := range promotions {
		service := p.Services[n%len(p.Services)]
		source := promotion.Source{Path: service.Path, Version: fmt.Sprintf("1.%d.0", n), Commit: fmt.Sprintf("%x", sha1.Sum(fmt.Append(nil, n))),
			Subject: "A change of something", Author: "Ada <ada@example.org>"}
		if newest != nil && n >= promotions-len(p.Services) {
			source = newest(service)
		}
		plan, err := config.Plan(p, service.Name, config.PlanOptions{Trigger: "merge", Source: source})
		if err != nil {
			t.Fatal(err)
		}
		fails := promotion.StageID("")
		if n%21 == 20 {
			fails = "qa/e2e"
		}
		a.follow(a.start(plan), fails)
		if n%100 == 99 {
			a.flush()
		}
	}
	a.flush()
	if err := opened.Close(); err != nil {
		t.Fatal(err)
	}
	return a.written
}
