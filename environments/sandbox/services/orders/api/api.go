// Package api is orders' HTTP face. openapi.yaml describes it; a test compares the two.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/web"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/inventory"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/sales"
)

// Book is what the API reads orders from.
type Book interface {
	Ready(ctx context.Context) error
	Order(ctx context.Context, id string) (sales.Order, error)
	Newest(ctx context.Context, customer string) ([]sales.Order, error)
}

// Desk is what the API hands orders to.
type Desk interface {
	Place(ctx context.Context, r sales.Request) (sales.Order, error)
	Cancel(ctx context.Context, id string) (sales.Order, error)
}

type api struct {
	book Book
	desk Desk
	log  *slog.Logger
}

// New is the whole API over a book and a desk.
func New(book Book, desk Desk, version string, log *slog.Logger) http.Handler {
	a := api{book, desk, log}
	return web.Handler([]web.Route{
		web.Health(version, book.Ready),
		{Method: http.MethodGet, Path: "/orders", Handle: a.list},
		{Method: http.MethodPost, Path: "/orders", Handle: a.place},
		{Method: http.MethodGet, Path: "/orders/{id}", Handle: a.order},
		{Method: http.MethodDelete, Path: "/orders/{id}", Handle: a.cancel},
	}, log)
}

// problem turns what the desk says into what a client is told; errors that are nobody's business pass unchanged.
func (a api) problem(err error) error {
	var invalid *sales.Invalid
	var short *inventory.OutOfStock
	var away *inventory.Unavailable
	switch {
	case errors.Is(err, sales.ErrUnknownOrder):
		return web.NotFound("unknown_order", "There is no order with this id.")
	case errors.Is(err, inventory.ErrUnknownItem):
		return &web.Problem{Status: http.StatusUnprocessableEntity, Code: "unknown_item", Message: "There is no item with this sku."}
	case errors.As(err, &invalid):
		return &web.Problem{Status: http.StatusBadRequest, Code: "invalid_field", Message: invalid.Error() + ".", Details: map[string]any{"field": invalid.Field}}
	case errors.As(err, &short):
		return &web.Problem{Status: http.StatusConflict, Code: "out_of_stock", Message: "There is not enough in stock.", Details: map[string]any{"available": short.Available}}
	case errors.As(err, &away):
		a.log.Warn("inventory is unavailable", "cause", away.Cause.Error())
		return &web.Problem{Status: http.StatusServiceUnavailable, Code: "inventory_unavailable", Message: "The stock cannot be asked now; nothing was changed. Try again.", Retry: "5"}
	}
	return err
}
