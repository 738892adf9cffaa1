package api_test

import (
	"database/sql"
	"log/slog"
	"net/http"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/dbtest"
	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/suite"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/api"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/migrations"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/stock"
)

func client(t *testing.T, db *sql.DB) *suite.Client {
	return suite.NewClient(t, suite.Serve(t, api.New(stock.NewStore(db), "1.2.3", slog.New(slog.DiscardHandler))))
}

func TestIntegrationTheAPIOverARealDatabase(t *testing.T) {
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *sql.DB) {
		c := client(t, db)
		var held stock.Reservation
		made := c.Do(http.MethodPost, "/reservations", stock.Wish{SKU: "rope", Quantity: 7, Order: "o-1"}, http.StatusCreated)
		made.JSON(&held)
		if got := made.Header.Get("Location"); got != "/reservations/"+held.ID {
			t.Errorf("Location is %q", got)
		}
		var item stock.Item
		c.Do(http.MethodGet, "/items/rope", nil, http.StatusOK).JSON(&item)
		if want := (stock.Item{SKU: "rope", Name: "Hemp rope, 20 m", OnHand: 5000, Reserved: 7, Available: 4993}); item != want {
			t.Errorf("the item is %+v, want %+v", item, want)
		}
		c.Do(http.MethodDelete, "/reservations/"+held.ID, nil, http.StatusNoContent)
		c.Do(http.MethodGet, "/reservations/"+held.ID, nil, http.StatusNotFound).Problem("unknown_reservation")
		c.Do(http.MethodGet, "/reservations", nil, http.StatusBadRequest).Problem("invalid_parameter")
	})
}

func TestIntegrationWithoutADatabaseTheServiceIsUnavailableAndTellsNothingInternal(t *testing.T) {
	db := dbtest.Migrated(t, dbtest.SQLite(t), migrations.Files)
	c := client(t, db)
	var health struct{ Status, Version string }
	c.Do(http.MethodGet, "/healthz", nil, http.StatusOK).JSON(&health)
	if health.Status != "ok" || health.Version != "1.2.3" {
		t.Errorf("health is %+v", health)
	}
	db.Close()
	var ill map[string]string
	c.Do(http.MethodGet, "/healthz", nil, http.StatusServiceUnavailable).JSON(&ill)
	if ill["status"] != "unavailable" || ill["reason"] == "" {
		t.Errorf("health is %v", ill)
	}
	c.Do(http.MethodGet, "/items", nil, http.StatusInternalServerError).Problem("internal")
}
