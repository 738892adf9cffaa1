package inventory

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

var (
	// ErrUnknownItem is a sku that inventory does not know.
	ErrUnknownItem = errors.New("inventory knows no such item")
	// ErrUnknownReservation is a reservation that inventory does not hold.
	ErrUnknownReservation = errors.New("inventory holds no such reservation")
)

// OutOfStock is a reservation that inventory refused because there is not enough.
type OutOfStock struct{ Available int }

func (e *OutOfStock) Error() string {
	return fmt.Sprintf("inventory is out of stock: %d available", e.Available)
}

// Unavailable is an inventory that did not answer, or not in any way that orders knows.
type Unavailable struct{ Cause error }

func (e *Unavailable) Error() string { return "inventory is unavailable: " + e.Cause.Error() }

func (e *Unavailable) Unwrap() error { return e.Cause }

// refusal reads inventory's error by its machine-readable code, never by its message.
func refusal(method, path string, status int, body []byte) error {
	var answer struct {
		Error struct {
			Code    string `json:"code"`
			Details struct {
				Available int `json:"available"`
			} `json:"details"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &answer) // an answer that is no JSON has no code
	switch {
	case status == http.StatusNotFound && answer.Error.Code == "unknown_sku":
		return ErrUnknownItem
	case status == http.StatusNotFound && answer.Error.Code == "unknown_reservation":
		return ErrUnknownReservation
	case status == http.StatusConflict && answer.Error.Code == "out_of_stock":
		return &OutOfStock{Available: answer.Error.Details.Available}
	}
	return &Unavailable{fmt.Errorf("%s %s answers %d", method, path, status)}
}
