package sales

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/inventory"
)

// warehouse is a warehouse in memory.
type warehouse struct {
	available int
	away      error
	held      map[string]int
}

func (w *warehouse) Item(_ context.Context, sku string) (inventory.Item, error) {
	return inventory.Item{SKU: sku, Available: w.available}, w.away
}

func (w *warehouse) Reserve(_ context.Context, _ string, quantity int, order string) (inventory.Reservation, error) {
	w.held["r-"+order] = quantity
	return inventory.Reservation{ID: "r-" + order}, nil
}

func (w *warehouse) Release(ctx context.Context, id string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if w.away != nil {
		return w.away
	}
	if _, ok := w.held[id]; !ok {
		return inventory.ErrUnknownReservation
	}
	delete(w.held, id)
	return nil
}

// book is a book in memory.
type book struct {
	orders map[string]Order
	full   error
}

func (b *book) Add(_ context.Context, o Order) error {
	if b.full == nil {
		b.orders[o.ID] = o
	}
	return b.full
}

func (b *book) Order(_ context.Context, id string) (Order, error) {
	if o, ok := b.orders[id]; ok {
		return o, nil
	}
	return Order{}, ErrUnknownOrder
}

func (b *book) Cancel(_ context.Context, id string) error {
	o := b.orders[id]
	o.Status = Cancelled
	b.orders[id] = o
	return nil
}

func newDesk() (*Desk, *warehouse, *book) {
	w, b := &warehouse{available: 5, held: map[string]int{}}, &book{orders: map[string]Order{}}
	d := NewDesk(w, b)
	d.newID = func() string { return "o-1" }
	d.now = func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	return d, w, b
}

func TestAnOrderExistsWithItsReservation(t *testing.T) {
	d, w, b := newDesk()
	got, err := d.Place(context.Background(), Request{"anvil", 2, "ada"})
	want := Order{ID: "o-1", SKU: "anvil", Quantity: 2, Customer: "ada", Status: Placed, Reservation: "r-o-1", CreatedAt: d.now()}
	if err != nil || got != want || b.orders["o-1"] != want || w.held["r-o-1"] != 2 {
		t.Fatalf("placed %+v, %v; the book has %+v, the warehouse holds %v", got, err, b.orders, w.held)
	}
}

func TestWhatTheWarehouseRefusesIsNoOrder(t *testing.T) {
	away := &inventory.Unavailable{Cause: errors.New("connection refused")}
	for name, c := range map[string]struct {
		available int
		away      error
		is        func(error) bool
	}{
		"too little":     {1, nil, func(err error) bool { var s *inventory.OutOfStock; return errors.As(err, &s) && s.Available == 1 }},
		"no such item":   {5, inventory.ErrUnknownItem, func(err error) bool { return errors.Is(err, inventory.ErrUnknownItem) }},
		"nobody answers": {5, away, func(err error) bool { return errors.Is(err, away) }},
	} {
		t.Run(name, func(t *testing.T) {
			d, w, b := newDesk()
			w.available, w.away = c.available, c.away
			if _, err := d.Place(context.Background(), Request{"anvil", 2, "ada"}); !c.is(err) {
				t.Errorf("refused with %v", err)
			}
			if len(b.orders) != 0 || len(w.held) != 0 {
				t.Errorf("the book has %v, the warehouse holds %v", b.orders, w.held)
			}
		})
	}
}

func TestAnOrderThatCannotBeKeptGivesItsReservationBack(t *testing.T) {
	d, w, b := newDesk()
	b.full = errors.New("disk full")
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // even when the customer is gone
	if _, err := d.Place(ctx, Request{"anvil", 2, "ada"}); !errors.Is(err, b.full) {
		t.Errorf("refused with %v", err)
	}
	if len(w.held) != 0 {
		t.Errorf("the warehouse still holds %v", w.held)
	}
}

func TestACancellationMayBeRepeatedAndWaitsForTheWarehouse(t *testing.T) {
	d, w, b := newDesk()
	ctx := context.Background()
	if _, err := d.Place(ctx, Request{"anvil", 2, "ada"}); err != nil {
		t.Fatal(err)
	}
	w.away = &inventory.Unavailable{Cause: errors.New("connection refused")}
	if _, err := d.Cancel(ctx, "o-1"); !errors.Is(err, w.away) || b.orders["o-1"].Status != Placed {
		t.Errorf("while nobody answers: %v, the order is %s", err, b.orders["o-1"].Status)
	}
	w.away = nil
	for range 2 {
		if o, err := d.Cancel(ctx, "o-1"); err != nil || o.Status != Cancelled || len(w.held) != 0 {
			t.Errorf("cancelled: %+v, %v; the warehouse holds %v", o, err, w.held)
		}
	}
	if _, err := d.Cancel(ctx, "o-2"); !errors.Is(err, ErrUnknownOrder) {
		t.Errorf("an unknown order: %v", err)
	}
}

func TestARequestIsCheckedFieldByField(t *testing.T) {
	for field, r := range map[string]Request{
		"":         {"anvil", 1, "ada@example.org"},
		"sku":      {"../anvil", 1, "ada"},
		"quantity": {"anvil", MaxQuantity + 1, "ada"},
		"customer": {"anvil", 1, "'; DROP TABLE orders; --"},
	} {
		err := r.Check()
		var invalid *Invalid
		if errors.As(err, &invalid); field == "" && err != nil || field != "" && (invalid == nil || invalid.Field != field) {
			t.Errorf("%+v: %v, want field %q", r, err, field)
		}
	}
}
