package tui

import (
	"slices"
	"testing"

	"github.com/gantry-cd/gantry/tui/internal/situation"
)

func TestTheFleetIsOrderedByWhatIsLookedFor(t *testing.T) {
	c := open(t, situation.SlowAndDrifted(), 160, 48)
	c.press("f")
	c.sees("3 services by name", "Lead")
	first := func() string { return c.m.services()[0] }
	byName := slices.Clone(c.m.services())
	c.press("s")
	c.sees("by trouble")
	if first() != "orders" {
		t.Errorf("%s comes before orders, which has drifted", first())
	}
	c.press("s", "s")
	c.sees("by lead time")
	c.press("s")
	c.sees("by name")
	if !slices.Equal(c.m.services(), byName) {
		t.Errorf("by name they are %v, and were %v", c.m.services(), byName)
	}
	c.sees("≠")
}
