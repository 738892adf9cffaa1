package stock

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/database"
	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/dbtest"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/migrations"
)

func TestIntegrationWhatIsReservedIsGivenBack(t *testing.T) {
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *sql.DB) {
		ctx, store := context.Background(), NewStore(db)
		held, err := store.Reserve(ctx, Wish{"anvil", 3, "o-1"})
		if err != nil {
			t.Fatal(err)
		}
		if item, err := store.Item(ctx, "anvil"); err != nil || item.Reserved != 3 || item.Available != item.OnHand-3 {
			t.Errorf("while it is held: %+v, %v", item, err)
		}
		if found, err := store.Reservation(ctx, held.ID); err != nil || found != held {
			t.Errorf("reserved %+v, found %+v, %v", held, found, err)
		}
		if all, err := store.Reservations(ctx, "o-1"); err != nil || len(all) != 1 || all[0] != held {
			t.Errorf("the order holds %+v, %v", all, err)
		}
		if err := store.Release(ctx, held.ID); err != nil {
			t.Fatal(err)
		}
		if item, err := store.Item(ctx, "anvil"); err != nil || item.Reserved != 0 {
			t.Errorf("after its release: %+v, %v", item, err)
		}
		if err := store.Release(ctx, held.ID); !errors.Is(err, ErrUnknownReservation) {
			t.Errorf("released twice: %v", err)
		}
	})
}

func TestIntegrationNobodyGetsWhatIsNotThere(t *testing.T) {
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *sql.DB) {
		ctx, store := context.Background(), NewStore(db)
		if _, err := store.Reserve(ctx, Wish{"unobtainium", 1, "o-1"}); !errors.Is(err, ErrUnknownItem) {
			t.Errorf("an unknown item: %v", err)
		}
		var short *Shortage
		if _, err := store.Reserve(ctx, Wish{"anvil", 501, "o-1"}); !errors.As(err, &short) || short.Available != 500 {
			t.Errorf("one too many: %v", err)
		}
		if all, err := store.Reservations(ctx, "o-1"); err != nil || len(all) != 0 {
			t.Errorf("what was refused is held: %+v, %v", all, err)
		}
	})
}

func TestIntegrationBuyersAtTheSameTimeNeverShareTheLastOne(t *testing.T) {
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *sql.DB) {
		ctx, store := context.Background(), NewStore(db)
		var won atomic.Int32
		var buyers sync.WaitGroup
		for range 12 {
			buyers.Go(func() {
				_, err := store.Reserve(ctx, Wish{"anvil", 100, "o-1"}) // there are 500
				var short *Shortage
				if err == nil {
					won.Add(1)
				} else if !errors.As(err, &short) {
					t.Error(err)
				}
			})
		}
		buyers.Wait()
		if item, err := store.Item(ctx, "anvil"); err != nil || won.Load() != 5 || item.Available != 0 {
			t.Errorf("%d buyers got 100 each, leaving %+v, %v", won.Load(), item, err)
		}
	})
}

func TestIntegrationWithoutItsSchemaTheStoreIsNotReady(t *testing.T) {
	address := dbtest.SQLite(t)
	owner, _, err := database.OpenOwner(address)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	if err := NewStore(owner).Ready(context.Background()); err == nil {
		t.Error("an empty database is ready")
	}
	if err := NewStore(dbtest.Migrated(t, address, migrations.Files)).Ready(context.Background()); err != nil {
		t.Errorf("a migrated database is not ready: %v", err)
	}
}
