// Package stock keeps items and the reservations that hold some of them.
package stock

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// MaxQuantity is the most that one reservation may hold.
const MaxQuantity = 100_000

// Item is something in stock.
type Item struct {
	SKU       string `json:"sku"`
	Name      string `json:"name"`
	OnHand    int    `json:"on_hand"`
	Reserved  int    `json:"reserved"`
	Available int    `json:"available"` // on hand and not reserved
}

// Reservation holds a quantity of an item for an order.
type Reservation struct {
	ID        string    `json:"id"`
	SKU       string    `json:"sku"`
	Quantity  int       `json:"quantity"`
	Order     string    `json:"order"`
	CreatedAt time.Time `json:"created_at"`
}

// Wish is what somebody asks to have reserved.
type Wish struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Order    string `json:"order"`
}

var (
	skuForm   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	idForm    = regexp.MustCompile(`^r-[a-z0-9]{1,64}$`)
	orderForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
)

// IsSKU tells whether text has the form of a sku.
func IsSKU(text string) bool { return skuForm.MatchString(text) }

// IsID tells whether text has the form of a reservation's id. What has not is not worth asking the database.
func IsID(text string) bool { return idForm.MatchString(text) }

// IsOrder tells whether text has the form of an order's name.
func IsOrder(text string) bool { return orderForm.MatchString(text) }

// Invalid is a field of a wish that breaks its rule.
type Invalid struct{ Field, Rule string }

func (e *Invalid) Error() string { return e.Field + " " + e.Rule }

// Check tells which field breaks its rule, as an *Invalid; nil when none does.
func (w Wish) Check() error {
	switch {
	case !IsSKU(w.SKU):
		return &Invalid{"sku", "must be 1 to 64 of a-z, 0-9 and '-', beginning with a letter"}
	case w.Quantity < 1 || w.Quantity > MaxQuantity:
		return &Invalid{"quantity", fmt.Sprintf("must be from 1 to %d", MaxQuantity)}
	case !IsOrder(w.Order):
		return &Invalid{"order", "must be 1 to 100 of letters, digits, '.', '_' and '-', beginning with a letter or a digit"}
	}
	return nil
}

var (
	// ErrUnknownItem is a sku that is not in the catalogue.
	ErrUnknownItem = errors.New("no such item")
	// ErrUnknownReservation is a reservation that never was, or was released.
	ErrUnknownReservation = errors.New("no such reservation")
)

// Shortage is a wish for more than is available.
type Shortage struct{ Requested, Available int }

func (e *Shortage) Error() string {
	return fmt.Sprintf("%d requested, %d available", e.Requested, e.Available)
}
