package e2e

import (
	"net/http"
	"testing"
)

// What orders' contract tests send, word for word (services/orders/contract): a stub answers only what was recorded,
// so an input that differs between the two fails the contract stage of orders.
const (
	knownSKU   = "anvil"
	unknownSKU = "unobtainium"
	consumer   = "contract"
	tooMany    = 100_000
)

func TestE2EWhatOrdersReliesOn(t *testing.T) {
	s := open(t)
	for _, left := range s.heldBy(consumer) { // of a run that was cut off
		s.release(left)
	}
	s.item(knownSKU)
	s.Do(http.MethodGet, "/items/"+unknownSKU, nil, http.StatusNotFound).Problem("unknown_sku")
	s.Do(http.MethodPost, "/reservations", reservation{SKU: unknownSKU, Quantity: 1, Order: consumer}, http.StatusNotFound).Problem("unknown_sku")
	s.Do(http.MethodPost, "/reservations", reservation{SKU: knownSKU, Quantity: tooMany, Order: consumer}, http.StatusConflict).Problem("out_of_stock")
	// Twice, so that a recorder can tell the fields that differ every time from those that matter.
	for range 2 {
		held := s.reserve(knownSKU, 1, consumer)
		if held.SKU != knownSKU || held.Quantity != 1 || held.Order != consumer {
			t.Errorf("the reservation is %+v", held)
		}
		s.item(knownSKU)
		s.release(held)
	}
	s.item(knownSKU)
	if left := s.heldBy(consumer); len(left) != 0 {
		t.Errorf("after its release the order still holds %+v", left)
	}
}
