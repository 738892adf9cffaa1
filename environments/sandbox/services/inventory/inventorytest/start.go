// Package inventorytest runs the real inventory inside a test.
package inventorytest

import (
	"log/slog"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/dbtest"
	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/suite"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/api"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/migrations"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/stock"
)

// Start serves inventory on loopback, with a migrated SQLite database of its own, until the test ends.
func Start(t testing.TB) string {
	t.Helper()
	db := dbtest.Migrated(t, dbtest.SQLite(t), migrations.Files)
	return suite.Serve(t, api.New(stock.NewStore(db), "test", slog.New(slog.DiscardHandler)))
}
