// Package acceptance asks a running inventory simple questions and validates its answers. It runs in every environment,
// Prod included, and as the compat stage on the schema of the next version: so it knows nothing of the schema, shares
// nothing with other runs, and gives back whatever it reserves.
package acceptance

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/suite"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/inventorytest"
)

type item struct {
	SKU                         string
	OnHand, Reserved, Available int
}

type wish struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Order    string `json:"order"`
}

func client(t *testing.T) *suite.Client {
	return suite.NewClient(t, suite.At(t, "BASE_URL", inventorytest.Start))
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

func TestAcceptanceItemsAreListedAndFound(t *testing.T) {
	c := client(t)
	var list struct{ Items []item }
	c.Do(http.MethodGet, "/items", nil, http.StatusOK).JSON(&list)
	if len(list.Items) == 0 {
		t.Fatal("there are no items")
	}
	var one item
	c.Do(http.MethodGet, "/items/"+list.Items[0].SKU, nil, http.StatusOK).JSON(&one)
	if one.SKU != list.Items[0].SKU {
		t.Fatalf("asked for %s, got %s", list.Items[0].SKU, one.SKU)
	}
}

func TestAcceptanceAnUnknownItemIsNotFound(t *testing.T) {
	answer := client(t).Do(http.MethodGet, "/items/"+suite.Unique("no-such-item"), nil, http.StatusNotFound)
	answer.Problem("unknown_sku")
	answer.Hardened()
}

func TestAcceptanceAReservationIsMadeAndReleased(t *testing.T) {
	c := client(t)
	var held struct {
		ID, SKU, Order string
		Quantity       int
	}
	order := suite.Unique("acceptance")
	c.Do(http.MethodPost, "/reservations", wish{"anvil", 1, order}, http.StatusCreated).JSON(&held)
	c.Do(http.MethodDelete, "/reservations/"+held.ID, nil, http.StatusNoContent)
	if held.ID == "" || held.SKU != "anvil" || held.Quantity != 1 || held.Order != order {
		t.Fatalf("the reservation is %+v", held)
	}
}

func TestAcceptanceMoreThanThereIsIsRefused(t *testing.T) {
	details := client(t).Do(http.MethodPost, "/reservations", wish{"anvil", 100_000, suite.Unique("acceptance")}, http.StatusConflict).Problem("out_of_stock")
	if details["requested"] != 100_000.0 || details["available"] == nil {
		t.Fatalf("the refusal says %v", details)
	}
}

func TestAcceptanceABadRequestIsRefusedWithItsReason(t *testing.T) {
	for name, c := range map[string]struct {
		body   any
		status int
		code   string
	}{
		"not JSON":           {`{"sku":`, http.StatusBadRequest, "malformed_json"},
		"two values":         {`{} {}`, http.StatusBadRequest, "malformed_json"},
		"a field of its own": {`{"sku":"anvil","quantity":1,"order":"x","discount":1}`, http.StatusBadRequest, "malformed_json"},
		"the wrong type":     {`{"sku":"anvil","quantity":"many","order":"x"}`, http.StatusBadRequest, "wrong_type"},
		"no quantity":        {`{"sku":"anvil","order":"x"}`, http.StatusBadRequest, "invalid_field"},
		"no item":            {wish{suite.Unique("no-such-item"), 1, "x"}, http.StatusNotFound, "unknown_sku"},
		"a huge body":        {`{"sku":"` + strings.Repeat("a", 70_000) + `"}`, http.StatusRequestEntityTooLarge, "too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			client(t).Do(http.MethodPost, "/reservations", c.body, c.status).Problem(c.code)
		})
	}
}
