package api

import (
	"net/http"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/web"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/stock"
)

func (a api) reserve(w http.ResponseWriter, r *http.Request) error {
	var wish stock.Wish
	if err := web.Read(r, &wish); err != nil {
		return err
	}
	if err := wish.Check(); err != nil {
		return problem(err)
	}
	held, err := a.stock.Reserve(r.Context(), wish)
	if err != nil {
		return problem(err)
	}
	w.Header().Set("Location", "/reservations/"+held.ID)
	web.Write(w, http.StatusCreated, held)
	return nil
}

func (a api) reservations(w http.ResponseWriter, r *http.Request) error {
	order := r.URL.Query().Get("order")
	if !stock.IsOrder(order) {
		return web.BadRequest("invalid_parameter", "Name the order whose reservations you ask for: ?order=ORDER.")
	}
	held, err := a.stock.Reservations(r.Context(), order)
	if err != nil {
		return problem(err)
	}
	web.Write(w, http.StatusOK, map[string][]stock.Reservation{"reservations": held})
	return nil
}

func (a api) reservation(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !stock.IsID(id) {
		return problem(stock.ErrUnknownReservation)
	}
	held, err := a.stock.Reservation(r.Context(), id)
	if err != nil {
		return problem(err)
	}
	web.Write(w, http.StatusOK, held)
	return nil
}

func (a api) release(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !stock.IsID(id) {
		return problem(stock.ErrUnknownReservation)
	}
	if err := a.stock.Release(r.Context(), id); err != nil {
		return problem(err)
	}
	web.Write(w, http.StatusNoContent, nil)
	return nil
}
