package sales

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/dbtest"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/migrations"
)

func TestIntegrationTheBookKeepsOrders(t *testing.T) {
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *sql.DB) {
		ctx, store := context.Background(), NewStore(db)
		at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
		first := Order{"o-1", "anvil", 2, "ada", Placed, "r-1", at}
		second := Order{"o-2", "rope", 1, "ada", Placed, "r-2", at.Add(time.Microsecond)}
		other := Order{"o-3", "rope", 1, "grace", Placed, "r-3", at}
		for _, o := range []Order{first, second, other} {
			if err := store.Add(ctx, o); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.Cancel(ctx, "o-1"); err != nil {
			t.Fatal(err)
		}
		first.Status = Cancelled
		if got, err := store.Order(ctx, "o-1"); err != nil || got != first {
			t.Errorf("found %+v, %v, want %+v", got, err, first)
		}
		if got, err := store.Newest(ctx, "ada"); err != nil || len(got) != 2 || got[0] != second || got[1] != first {
			t.Errorf("ada's orders are %+v, %v", got, err)
		}
		if got, err := store.Newest(ctx, ""); err != nil || len(got) != 3 {
			t.Errorf("all orders are %+v, %v", got, err)
		}
		if _, err := store.Order(ctx, "o-4"); !errors.Is(err, ErrUnknownOrder) {
			t.Errorf("an unknown order: %v", err)
		}
	})
}

func TestIntegrationTheVersionBeforeStillWritesAfterTheNewestMigration(t *testing.T) {
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *sql.DB) {
		ctx := context.Background()
		_, err := db.ExecContext(ctx, "INSERT INTO orders (id, sku, quantity, customer, status, created_at) VALUES ('o-1', 'anvil', 1, 'ada', 'placed', '2026-01-02T03:04:05.000000Z')")
		if err != nil {
			t.Fatalf("the version that does not know the column reservation: %v", err)
		}
		if got, err := NewStore(db).Order(ctx, "o-1"); err != nil || got.Reservation != "" {
			t.Errorf("found %+v, %v", got, err)
		}
	})
}
