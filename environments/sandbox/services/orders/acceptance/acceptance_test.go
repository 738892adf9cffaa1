// Package acceptance asks a running orders simple questions and validates its answers. It runs in every environment,
// Prod included, and as the compat stage on the schema of the next version: so it knows nothing of the schema, its
// customers are its own, and it cancels whatever it orders.
package acceptance

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/suite"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/inventorytest"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/orderstest"
)

type request struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Customer string `json:"customer"`
}

func client(t *testing.T) *suite.Client {
	return suite.NewClient(t, suite.At(t, "BASE_URL", func(t testing.TB) string {
		return orderstest.Start(t, suite.At(t, "INVENTORY_URL", inventorytest.Start))
	}))
}

func TestAcceptanceTheServiceIsHealthy(t *testing.T) {
	var health struct{ Status, Version string }
	answer := client(t).Do(http.MethodGet, "/healthz", nil, http.StatusOK)
	answer.JSON(&health)
	answer.Hardened()
	if health.Status != "ok" || health.Version == "" {
		t.Fatalf("health is %+v", health)
	}
}

func TestAcceptanceAnOrderIsPlacedFoundAndCancelled(t *testing.T) {
	c, customer := client(t), suite.Unique("acceptance")
	type order struct {
		ID, SKU, Customer, Status, Reservation string
		Quantity                               int
	}
	var placed, found, cancelled order
	c.Do(http.MethodPost, "/orders", request{"rope", 1, customer}, http.StatusCreated).JSON(&placed)
	t.Cleanup(func() {
		if t.Failed() { // nothing may stay reserved, whatever went wrong
			c.Do(http.MethodDelete, "/orders/"+placed.ID, nil, http.StatusOK)
		}
	})
	c.Do(http.MethodGet, "/orders/"+placed.ID, nil, http.StatusOK).JSON(&found)
	c.Do(http.MethodDelete, "/orders/"+placed.ID, nil, http.StatusOK).JSON(&cancelled)
	if placed.SKU != "rope" || placed.Quantity != 1 || placed.Customer != customer || placed.Status != "placed" || placed.Reservation == "" {
		t.Errorf("the order is %+v", placed)
	}
	if found != placed {
		t.Errorf("placed %+v, found %+v", placed, found)
	}
	if cancelled.Status != "cancelled" {
		t.Errorf("after its cancellation the order is %+v", cancelled)
	}
}

func TestAcceptanceOrdersAreListed(t *testing.T) {
	var list struct{ Orders []any }
	answer := client(t).Do(http.MethodGet, "/orders?customer="+suite.Unique("nobody"), nil, http.StatusOK)
	answer.JSON(&list)
	answer.Hardened()
	if list.Orders == nil || len(list.Orders) != 0 {
		t.Fatalf("somebody who never ordered has the orders %s", answer.Body)
	}
}

func TestAcceptanceAnUnknownOrderIsNotFound(t *testing.T) {
	answer := client(t).Do(http.MethodGet, "/orders/"+suite.Unique("o"), nil, http.StatusNotFound)
	answer.Problem("unknown_order")
	answer.Hardened()
}

func TestAcceptanceWhatCannotBeOrderedIsRefusedWithItsReason(t *testing.T) {
	for name, c := range map[string]struct {
		body   any
		status int
		code   string
	}{
		"an unknown item":    {request{suite.Unique("no-such-item"), 1, "nobody"}, http.StatusUnprocessableEntity, "unknown_item"},
		"more than there is": {request{"rope", 100_000, "nobody"}, http.StatusConflict, "out_of_stock"},
		"not JSON":           {`{"sku":`, http.StatusBadRequest, "malformed_json"},
		"a field of its own": {`{"sku":"rope","quantity":1,"customer":"nobody","free":true}`, http.StatusBadRequest, "malformed_json"},
		"the wrong type":     {`{"sku":"rope","quantity":"many","customer":"nobody"}`, http.StatusBadRequest, "wrong_type"},
		"no customer":        {`{"sku":"rope","quantity":1}`, http.StatusBadRequest, "invalid_field"},
		"a huge body":        {`{"sku":"` + strings.Repeat("a", 70_000) + `"}`, http.StatusRequestEntityTooLarge, "too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			client(t).Do(http.MethodPost, "/orders", c.body, c.status).Problem(c.code)
		})
	}
}
