// Package e2e plays whole scenarios against a running orders and the inventory that it uses: what one service does
// must be seen in the other. Every scenario cancels what it ordered.
package e2e

import (
	"net/http"
	"os"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/suite"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/inventorytest"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/orderstest"
)

type order struct {
	ID          string `json:"id"`
	SKU         string `json:"sku"`
	Quantity    int    `json:"quantity"`
	Customer    string `json:"customer"`
	Status      string `json:"status"`
	Reservation string `json:"reservation"`
}

type reservation struct {
	ID       string `json:"id"`
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Order    string `json:"order"`
}

// both are the two services of one environment.
func both(t *testing.T) (orders, inventory *suite.Client) {
	t.Helper()
	if (os.Getenv("BASE_URL") == "") != (os.Getenv("INVENTORY_URL") == "") {
		t.Fatal("set both BASE_URL and INVENTORY_URL, or neither: the scenarios look into both services")
	}
	at := suite.At(t, "INVENTORY_URL", inventorytest.Start)
	here := suite.At(t, "BASE_URL", func(t testing.TB) string { return orderstest.Start(t, at) })
	return suite.NewClient(t, here), suite.NewClient(t, at)
}

// place orders something, and makes sure that a scenario which fails on its way leaves nothing ordered.
func place(t *testing.T, c *suite.Client, sku string, quantity int, customer string) (o order) {
	t.Helper()
	wanted := map[string]any{"sku": sku, "quantity": quantity, "customer": customer}
	c.Do(http.MethodPost, "/orders", wanted, http.StatusCreated).JSON(&o)
	t.Cleanup(func() {
		if t.Failed() {
			c.Do(http.MethodDelete, "/orders/"+o.ID, nil, http.StatusOK)
		}
	})
	return o
}

func heldBy(inventory *suite.Client, order string) []reservation {
	var body struct{ Reservations []reservation }
	inventory.Do(http.MethodGet, "/reservations?order="+order, nil, http.StatusOK).JSON(&body)
	return body.Reservations
}

// addsUp demands that an item's stock is what is held and what is free. Others may order at the same time, in Prod
// above all: so no scenario counts on an absolute stock.
func addsUp(t *testing.T, inventory *suite.Client, sku string) {
	t.Helper()
	var i struct {
		OnHand    int `json:"on_hand"`
		Reserved  int `json:"reserved"`
		Available int `json:"available"`
	}
	inventory.Do(http.MethodGet, "/items/"+sku, nil, http.StatusOK).JSON(&i)
	if i.Available != i.OnHand-i.Reserved {
		t.Errorf("the stock of %s does not add up: %+v", sku, i)
	}
}

func TestE2EAnOrderHoldsStockUntilItIsCancelled(t *testing.T) {
	orders, inventory := both(t)
	placed := place(t, orders, "rope", 3, suite.Unique("e2e"))
	want := reservation{ID: placed.Reservation, SKU: "rope", Quantity: 3, Order: placed.ID}
	if held := heldBy(inventory, placed.ID); len(held) != 1 || held[0] != want {
		t.Errorf("inventory holds %+v, want %+v", held, want)
	}
	addsUp(t, inventory, "rope")
	var cancelled order
	for range 2 { // a customer may well click twice
		orders.Do(http.MethodDelete, "/orders/"+placed.ID, nil, http.StatusOK).JSON(&cancelled)
		if cancelled.Status != "cancelled" {
			t.Errorf("after its cancellation the order is %+v", cancelled)
		}
	}
	inventory.Do(http.MethodGet, "/reservations/"+placed.Reservation, nil, http.StatusNotFound).Problem("unknown_reservation")
	if held := heldBy(inventory, placed.ID); len(held) != 0 {
		t.Errorf("after the cancellation inventory still holds %+v", held)
	}
	addsUp(t, inventory, "rope")
}

func TestE2EAReservationReleasedBehindOursDoesNotBlockTheCancellation(t *testing.T) {
	orders, inventory := both(t)
	placed := place(t, orders, "rope", 1, suite.Unique("e2e"))
	inventory.Do(http.MethodDelete, "/reservations/"+placed.Reservation, nil, http.StatusNoContent)
	orders.Do(http.MethodDelete, "/orders/"+placed.ID, nil, http.StatusOK)
}

func TestE2EACustomerSeesTheirOrdersNewestFirst(t *testing.T) {
	orders, _ := both(t)
	customer := suite.Unique("e2e")
	first, second := place(t, orders, "rope", 1, customer), place(t, orders, "rope", 2, customer)
	for _, o := range []order{first, second} {
		orders.Do(http.MethodDelete, "/orders/"+o.ID, nil, http.StatusOK)
	}
	var list struct{ Orders []order }
	orders.Do(http.MethodGet, "/orders?customer="+customer, nil, http.StatusOK).JSON(&list)
	if len(list.Orders) != 2 || list.Orders[0].ID != second.ID || list.Orders[1].ID != first.ID {
		t.Fatalf("placed %s, then %s; listed %+v", first.ID, second.ID, list.Orders)
	}
	for _, o := range list.Orders {
		if o.Status != "cancelled" {
			t.Errorf("order %s is %s", o.ID, o.Status)
		}
	}
}

func TestE2EWhatInventoryRefusesLeavesNoOrder(t *testing.T) {
	orders, _ := both(t)
	customer := suite.Unique("e2e")
	orders.Do(http.MethodPost, "/orders", map[string]any{"sku": "unobtainium", "quantity": 1, "customer": customer}, http.StatusUnprocessableEntity).Problem("unknown_item")
	orders.Do(http.MethodPost, "/orders", map[string]any{"sku": "rope", "quantity": 100_000, "customer": customer}, http.StatusConflict).Problem("out_of_stock")
	var list struct{ Orders []order }
	orders.Do(http.MethodGet, "/orders?customer="+customer, nil, http.StatusOK).JSON(&list)
	if len(list.Orders) != 0 {
		t.Fatalf("refused orders were kept: %+v", list.Orders)
	}
}
