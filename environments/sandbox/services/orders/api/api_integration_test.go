package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/suite"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/inventorytest"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/orderstest"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/sales"
)

func TestIntegrationAnOrderIsPlacedAndCancelled(t *testing.T) {
	c := suite.NewClient(t, orderstest.Start(t, inventorytest.Start(t)))
	var placed, cancelled sales.Order
	made := c.Do(http.MethodPost, "/orders", sales.Request{SKU: "anvil", Quantity: 2, Customer: "ada"}, http.StatusCreated)
	made.JSON(&placed)
	if got := made.Header.Get("Location"); got != "/orders/"+placed.ID {
		t.Errorf("Location is %q", got)
	}
	c.Do(http.MethodDelete, "/orders/"+placed.ID, nil, http.StatusOK).JSON(&cancelled)
	if placed.Status = sales.Cancelled; cancelled != placed {
		t.Errorf("placed %+v, cancelled %+v", placed, cancelled)
	}
}

func TestIntegrationWithoutInventoryNothingIsOrderedAndHealthIsGood(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	c := suite.NewClient(t, orderstest.Start(t, gone.URL))
	refused := c.Do(http.MethodPost, "/orders", sales.Request{SKU: "anvil", Quantity: 2, Customer: "ada"}, http.StatusServiceUnavailable)
	refused.Problem("inventory_unavailable")
	if refused.Header.Get("Retry-After") == "" {
		t.Error("it does not say when to try again")
	}
	var list struct{ Orders []sales.Order }
	c.Do(http.MethodGet, "/orders", nil, http.StatusOK).JSON(&list)
	if len(list.Orders) != 0 {
		t.Errorf("the book has %+v", list.Orders)
	}
	c.Do(http.MethodGet, "/healthz", nil, http.StatusOK)
}
