package promotion

import (
	"strings"
	"testing"
)

func TestWhatPeopleCallARelease(t *testing.T) {
	for want, r := range map[string]Release{
		"1.8.0 3f9c1e2":       {Version: "1.8.0", Commit: "3f9c1e2aa"},
		"1.8.0 3f9c1e2+dirty": {Version: "1.8.0", Commit: "3f9c1e2aa", Dirty: "5d1f0aa99"},
		"1.8.0 5d1f0aa":       {Version: "1.8.0", Dirty: "5d1f0aa99"}, // no git checkout: the hash of its files
		"1.8.0":               {Version: "1.8.0"},
	} {
		if got := r.Name(); got != want {
			t.Errorf("%+v is called %q, want %q", r, got, want)
		}
	}
}

func TestWhatAMigrationHasTakenAwayIsGoneWhateverBecomesOfItsRelease(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	w.takes = []string{"2.sql"}
	id := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.fails(id, "qa/compat") // it was never live in qa
	w.revert(id)
	w.takes = []string{"2.sql", "3.sql"}
	w.promoted("1.2.0")
	var names []string
	for _, c := range w.ledger.Slot(planOf("orders", "").Slot("qa")).Contracts {
		names = append(names, c.Name+" of "+c.Release[:5])
	}
	if got := strings.Join(names, ", "); got != "2.sql of 1.1.0, 3.sql of 1.2.0" {
		t.Errorf("qa has lost something to %s", got)
	}
}
