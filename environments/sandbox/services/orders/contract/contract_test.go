// Package contract proves that orders and inventory understand each other: it calls inventory's stub, which was
// recorded from the real inventory, through the very client that orders uses. The inputs are fixed, because a stub
// knows only what was recorded: inventory's end-to-end tests ask for exactly these (services/inventory/e2e).
package contract

import (
	"context"
	"errors"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/suite"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/inventorytest"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/inventory"
)

const (
	knownSKU   = "anvil"
	unknownSKU = "unobtainium"
	order      = "contract"
	tooMany    = 100_000
)

func client(t *testing.T) *inventory.Client {
	t.Helper()
	c, err := inventory.New(suite.At(t, "INVENTORY_URL", inventorytest.Start))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestContractAKnownItemTellsWhatIsAvailable(t *testing.T) {
	item, err := client(t).Item(context.Background(), knownSKU)
	if err != nil {
		t.Fatal(err)
	}
	if item.SKU != knownSKU || item.Available < 1 {
		t.Fatalf("the item is %+v", item)
	}
}

func TestContractAnUnknownItemIsToldApart(t *testing.T) {
	c := client(t)
	if _, err := c.Item(context.Background(), unknownSKU); !errors.Is(err, inventory.ErrUnknownItem) {
		t.Errorf("asking for it: %v", err)
	}
	if _, err := c.Reserve(context.Background(), unknownSKU, 1, order); !errors.Is(err, inventory.ErrUnknownItem) {
		t.Errorf("reserving it: %v", err)
	}
}

func TestContractAReservationIsMadeAndReleased(t *testing.T) {
	c := client(t)
	held, err := c.Reserve(context.Background(), knownSKU, 1, order)
	if err != nil {
		t.Fatal(err)
	}
	if held.ID == "" || held.SKU != knownSKU || held.Quantity != 1 || held.Order != order {
		t.Errorf("the reservation is %+v", held)
	}
	if err := c.Release(context.Background(), held.ID); err != nil {
		t.Errorf("release it: %v", err)
	}
}

func TestContractOutOfStockIsToldApart(t *testing.T) {
	_, err := client(t).Reserve(context.Background(), knownSKU, tooMany, order)
	var short *inventory.OutOfStock
	if !errors.As(err, &short) {
		t.Fatalf("want out of stock, got %v", err)
	}
	if short.Available < 0 || short.Available >= tooMany {
		t.Errorf("%d are available, of %d wanted", short.Available, tooMany)
	}
}
