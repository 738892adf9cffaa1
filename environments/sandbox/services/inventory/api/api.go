// Package api is inventory's HTTP face. openapi.yaml describes it; a test compares the two.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/web"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/stock"
)

// Stock is what the API asks of its store.
type Stock interface {
	Ready(ctx context.Context) error
	Items(ctx context.Context) ([]stock.Item, error)
	Item(ctx context.Context, sku string) (stock.Item, error)
	Reserve(ctx context.Context, wish stock.Wish) (stock.Reservation, error)
	Reservation(ctx context.Context, id string) (stock.Reservation, error)
	Reservations(ctx context.Context, order string) ([]stock.Reservation, error)
	Release(ctx context.Context, id string) error
}

type api struct{ stock Stock }

// New is the whole API over a store.
func New(s Stock, version string, log *slog.Logger) http.Handler {
	a := api{s}
	return web.Handler([]web.Route{
		web.Health(version, s.Ready),
		{Method: http.MethodGet, Path: "/items", Handle: a.items},
		{Method: http.MethodGet, Path: "/items/{sku}", Handle: a.item},
		{Method: http.MethodGet, Path: "/reservations", Handle: a.reservations},
		{Method: http.MethodPost, Path: "/reservations", Handle: a.reserve},
		{Method: http.MethodGet, Path: "/reservations/{id}", Handle: a.reservation},
		{Method: http.MethodDelete, Path: "/reservations/{id}", Handle: a.release},
	}, log)
}

// problem turns what the stock says into what a client is told; errors that are nobody's business pass unchanged.
func problem(err error) error {
	var invalid *stock.Invalid
	var short *stock.Shortage
	switch {
	case errors.Is(err, stock.ErrUnknownItem):
		return web.NotFound("unknown_sku", "There is no item with this sku.")
	case errors.Is(err, stock.ErrUnknownReservation):
		return web.NotFound("unknown_reservation", "There is no reservation with this id: it never was, or was released.")
	case errors.As(err, &invalid):
		return &web.Problem{Status: http.StatusBadRequest, Code: "invalid_field", Message: invalid.Error() + ".", Details: map[string]any{"field": invalid.Field}}
	case errors.As(err, &short):
		return &web.Problem{Status: http.StatusConflict, Code: "out_of_stock", Message: "There is not enough in stock.",
			Details: map[string]any{"requested": short.Requested, "available": short.Available}}
	}
	return err
}
