// Package orderstest runs the real orders inside a test.
package orderstest

import (
	"log/slog"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/dbtest"
	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/suite"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/api"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/inventory"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/migrations"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/sales"
)

// Start serves orders on loopback, with a migrated SQLite database of its own and the inventory at the given URL,
// until the test ends.
func Start(t testing.TB, inventoryURL string) string {
	t.Helper()
	warehouse, err := inventory.New(inventoryURL)
	if err != nil {
		t.Fatal(err)
	}
	book := sales.NewStore(dbtest.Migrated(t, dbtest.SQLite(t), migrations.Files))
	return suite.Serve(t, api.New(book, sales.NewDesk(warehouse, book), "test", slog.New(slog.DiscardHandler)))
}
