// Package sales takes orders: what is in stock is reserved first, and an order exists only with its reservation.
package sales

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// MaxQuantity is the most that one order may ask for.
const MaxQuantity = 100_000

// Status is how far an order is.
type Status string

// The states of an order.
const (
	Placed    Status = "placed"
	Cancelled Status = "cancelled"
)

// Order is one order of one item.
type Order struct {
	ID          string    `json:"id"`
	SKU         string    `json:"sku"`
	Quantity    int       `json:"quantity"`
	Customer    string    `json:"customer"`
	Status      Status    `json:"status"`
	Reservation string    `json:"reservation"` // its id at inventory
	CreatedAt   time.Time `json:"created_at"`
}

// Request is what a customer asks for.
type Request struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Customer string `json:"customer"`
}

var (
	skuForm      = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	customerForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$`)
	idForm       = regexp.MustCompile(`^o-[a-z0-9]{1,64}$`)
)

// IsID tells whether text has the form of an order's id. What has not is not worth asking the database.
func IsID(text string) bool { return idForm.MatchString(text) }

// IsCustomer tells whether text has the form of a customer's name.
func IsCustomer(text string) bool { return customerForm.MatchString(text) }

// Invalid is a field of a request that breaks its rule.
type Invalid struct{ Field, Rule string }

func (e *Invalid) Error() string { return e.Field + " " + e.Rule }

// Check tells which field breaks its rule, as an *Invalid; nil when none does.
func (r Request) Check() error {
	switch {
	case !skuForm.MatchString(r.SKU):
		return &Invalid{"sku", "must be 1 to 64 of a-z, 0-9 and '-', beginning with a letter"}
	case r.Quantity < 1 || r.Quantity > MaxQuantity:
		return &Invalid{"quantity", fmt.Sprintf("must be from 1 to %d", MaxQuantity)}
	case !IsCustomer(r.Customer):
		return &Invalid{"customer", "must be 1 to 100 of letters, digits, '.', '_', '@' and '-', beginning with a letter or a digit"}
	}
	return nil
}

// ErrUnknownOrder is an order that never was.
var ErrUnknownOrder = errors.New("no such order")
