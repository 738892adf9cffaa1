package main

import (
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/tui/commandline"
)

const orders = "environments/sandbox/services/orders/"

// patience bounds what must happen anyway, on a machine that may be slow and have nothing compiled yet.
const patience = 15 * time.Minute

// The main job, as a stranger meets it: the console on an empty state, no key pressed, until two services are live in
// Prod; then what a failure in each environment rolls back, read from what really runs.
func TestTwoServicesGoToProdAndComeBack(t *testing.T) {
	h := newHouse(t)
	h.mustRun(commandline.Done, "validate")
	h.watchOnTheBoard()

	one := h.everywhere()
	published := h.mustRun(commandline.Done, "stub", "list")
	for _, stub := range []string{"inventory@qa", "inventory@prod", "orders@qa", "orders@prod"} {
		if !strings.Contains(published, stub) {
			t.Errorf("%s is not published", stub)
		}
	}

	h.release("1.1.0")
	h.mustRun(commandline.Failed, "run", "orders", "--drill", "qa/e2e")
	want(t, h.digests("orders"), one, one, one)

	h.mustRun(commandline.Failed, "run", "orders", "--drill", "prod/acceptance")
	after := h.digests("orders")
	two := after["qa"]
	if two == one || two == "" {
		t.Errorf("qa is at %q, want the newer release", two)
	}
	want(t, after, two, two, one)

	h.edit(orders+"acceptance/acceptance_test.go", `placed.Status != "placed"`, `placed.Status != "shipped"`)
	h.commit("Expect what is not so")
	h.mustRun(commandline.Failed, "run", "orders")
	want(t, h.digests("orders"), two, two, one)

	// A schema that the live version cannot work with is found out before anything is deployed.
	h.edit(orders+"acceptance/acceptance_test.go", `placed.Status != "shipped"`, `placed.Status != "placed"`)
	h.write(orders+"migrations/00009_rename.sql", "-- +goose Up\nALTER TABLE orders RENAME COLUMN reservation TO held_by;\n")
	h.edit(orders+"sales/store.go", "status, reservation,", "status, held_by,")
	h.commit("Rename a column that the live version reads")
	said := h.mustRun(commandline.Failed, "run", "orders")
	if !strings.Contains(said, "dev/compat failed") || !strings.Contains(said, "does not work on the migrated schema") || strings.Contains(said, "dev/deploy") {
		t.Error("the run was not ended by compat in dev, before its deploy")
	}
	want(t, digestsOf(h.status("orders")), two, two, one)
}

// watchOnTheBoard starts the console and touches nothing until both services have gone all the way.
func (h *house) watchOnTheBoard() {
	h.t.Helper()
	c := h.console(160, 48)
	c.waitForText("gantry", time.Minute)
	c.waitFor("both services live in prod", patience, func(screen string) bool {
		return strings.Contains(screen, "✓ inventory 1") && strings.Contains(screen, "✓ orders 2")
	})
	c.press("q")
	if code := c.exitCode(); code != 0 {
		h.t.Errorf("the console ended with %d", code)
	}
}

// release commits a change that gives orders another image.
func (h *house) release(version string) {
	h.t.Helper()
	h.write(orders+"VERSION", version+"\n")
	h.commit("orders " + version)
}
