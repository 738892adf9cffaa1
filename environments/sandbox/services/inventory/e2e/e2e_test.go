// Package e2e plays whole scenarios against a running inventory. In QA its exchanges are recorded and become the stub
// that other teams test against: so every scenario leaves the stock as it found it, and what consumers need is asked
// for with the inputs they use.
package e2e

import (
	"net/http"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/suite"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/inventorytest"
)

type item struct {
	SKU       string `json:"sku"`
	OnHand    int    `json:"on_hand"`
	Reserved  int    `json:"reserved"`
	Available int    `json:"available"`
}

type reservation struct {
	ID       string `json:"id,omitempty"`
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Order    string `json:"order"`
}

// shop is a running inventory.
type shop struct {
	t *testing.T
	*suite.Client
}

func open(t *testing.T) shop {
	return shop{t, suite.NewClient(t, suite.At(t, "BASE_URL", inventorytest.Start))}
}

func (s shop) item(sku string) (i item) {
	s.t.Helper()
	s.Do(http.MethodGet, "/items/"+sku, nil, http.StatusOK).JSON(&i)
	if i.Available != i.OnHand-i.Reserved {
		s.t.Fatalf("the stock of %s does not add up: %+v", sku, i)
	}
	return i
}

func (s shop) items() (list []item) {
	s.t.Helper()
	var body struct{ Items []item }
	s.Do(http.MethodGet, "/items", nil, http.StatusOK).JSON(&body)
	return body.Items
}

func (s shop) reserve(sku string, quantity int, order string) (r reservation) {
	s.t.Helper()
	s.Do(http.MethodPost, "/reservations", reservation{SKU: sku, Quantity: quantity, Order: order}, http.StatusCreated).JSON(&r)
	return r
}

func (s shop) release(r reservation) {
	s.t.Helper()
	s.Do(http.MethodDelete, "/reservations/"+r.ID, nil, http.StatusNoContent)
}

func (s shop) heldBy(order string) []reservation {
	s.t.Helper()
	var body struct{ Reservations []reservation }
	s.Do(http.MethodGet, "/reservations?order="+order, nil, http.StatusOK).JSON(&body)
	return body.Reservations
}

// leaveNothing makes sure that a scenario which fails on its way keeps nothing reserved.
func (s shop) leaveNothing(order string) {
	s.t.Cleanup(func() {
		if !s.t.Failed() {
			return
		}
		for _, left := range s.heldBy(order) {
			s.release(left)
		}
	})
}

// Others may buy at the same time, in Prod above all: so the scenarios look at their own reservations, and at sums
// that always hold, never at an absolute stock.

func TestE2EAReservationHoldsStockUntilItIsReleased(t *testing.T) {
	s, order := open(t), suite.Unique("e2e")
	s.leaveNothing(order)
	held := s.reserve("lantern", 2, order)
	if got := s.item("lantern"); got.Reserved < 2 {
		t.Errorf("2 lanterns are held, and inventory says %+v", got)
	}
	var found reservation
	s.Do(http.MethodGet, "/reservations/"+held.ID, nil, http.StatusOK).JSON(&found)
	if found != held {
		t.Errorf("reserved %+v, found %+v", held, found)
	}
	if all := s.heldBy(order); len(all) != 1 || all[0] != held {
		t.Errorf("the order holds %+v, want %+v", all, held)
	}
	s.release(held)
	s.Do(http.MethodGet, "/reservations/"+held.ID, nil, http.StatusNotFound).Problem("unknown_reservation")
	s.Do(http.MethodDelete, "/reservations/"+suite.Unique("r"), nil, http.StatusNotFound).Problem("unknown_reservation")
	if all := s.heldBy(order); len(all) != 0 {
		t.Errorf("after its release the order still holds %+v", all)
	}
	s.item("lantern")
}

func TestE2EAnOrderMayHoldOneOfEverything(t *testing.T) {
	s, order := open(t), suite.Unique("e2e")
	s.leaveNothing(order)
	items := s.items()
	var held []reservation
	for _, i := range items {
		held = append(held, s.reserve(i.SKU, 1, order))
	}
	for _, i := range s.items() {
		if i.Reserved < 1 {
			t.Errorf("one %s is held, and inventory says %+v", i.SKU, i)
		}
	}
	if all := s.heldBy(order); len(all) != len(items) {
		t.Errorf("the order holds %d reservations, want %d", len(all), len(items))
	}
	for _, r := range held {
		s.release(r)
	}
	if all := s.heldBy(order); len(all) != 0 {
		t.Errorf("after their release the order still holds %+v", all)
	}
	s.items()
}
