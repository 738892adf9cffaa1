package sales

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/inventory"
)

// undoTime is how long giving a reservation back may take after its order could not be kept.
const undoTime = 5 * time.Second

// Warehouse is what the desk asks of inventory.
type Warehouse interface {
	Item(ctx context.Context, sku string) (inventory.Item, error)
	Reserve(ctx context.Context, sku string, quantity int, order string) (inventory.Reservation, error)
	Release(ctx context.Context, reservation string) error
}

// Book is where the desk keeps its orders.
type Book interface {
	Add(ctx context.Context, o Order) error
	Order(ctx context.Context, id string) (Order, error)
	Cancel(ctx context.Context, id string) error
}

// Desk takes and cancels orders.
type Desk struct {
	warehouse Warehouse
	book      Book
	now       func() time.Time
	newID     func() string
}

// NewDesk is a desk with its warehouse and its book.
func NewDesk(w Warehouse, b Book) *Desk {
	return &Desk{warehouse: w, book: b, now: time.Now, newID: func() string { return "o-" + strings.ToLower(rand.Text()) }}
}

// Place checks and reserves at the warehouse, and keeps the order. The warehouse's refusals pass unchanged:
// inventory.ErrUnknownItem, *inventory.OutOfStock, *inventory.Unavailable. If the order cannot be kept, what was
// reserved is given back.
func (d *Desk) Place(ctx context.Context, r Request) (Order, error) {
	item, err := d.warehouse.Item(ctx, r.SKU)
	if err != nil {
		return Order{}, err
	}
	if item.Available < r.Quantity {
		return Order{}, &inventory.OutOfStock{Available: item.Available}
	}
	order := Order{ID: d.newID(), SKU: r.SKU, Quantity: r.Quantity, Customer: r.Customer, Status: Placed, CreatedAt: d.now().UTC().Truncate(time.Microsecond)}
	held, err := d.warehouse.Reserve(ctx, r.SKU, r.Quantity, order.ID)
	if err != nil {
		return Order{}, err
	}
	order.Reservation = held.ID
	if err := d.book.Add(ctx, order); err != nil {
		// The customer may have gone away; the reservation must go all the same.
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
		defer cancel()
		return Order{}, fmt.Errorf("keep the order: %w", errors.Join(err, d.warehouse.Release(undo, held.ID)))
	}
	return order, nil
}

// Cancel gives the reservation back and marks the order. It may be asked for again at any time: what is cancelled
// stays cancelled, and a reservation that is already gone is no obstacle.
func (d *Desk) Cancel(ctx context.Context, id string) (Order, error) {
	order, err := d.book.Order(ctx, id)
	if err != nil || order.Status == Cancelled {
		return order, err
	}
	if err := d.warehouse.Release(ctx, order.Reservation); err != nil && !errors.Is(err, inventory.ErrUnknownReservation) {
		return Order{}, err
	}
	if err := d.book.Cancel(ctx, id); err != nil {
		return Order{}, err
	}
	order.Status = Cancelled
	return order, nil
}
