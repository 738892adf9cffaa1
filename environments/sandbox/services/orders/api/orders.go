package api

import (
	"net/http"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/web"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/sales"
)

func (a api) place(w http.ResponseWriter, r *http.Request) error {
	var wanted sales.Request
	if err := web.Read(r, &wanted); err != nil {
		return err
	}
	if err := wanted.Check(); err != nil {
		return a.problem(err)
	}
	order, err := a.desk.Place(r.Context(), wanted)
	if err != nil {
		return a.problem(err)
	}
	w.Header().Set("Location", "/orders/"+order.ID)
	web.Write(w, http.StatusCreated, order)
	return nil
}

func (a api) list(w http.ResponseWriter, r *http.Request) error {
	customer := r.URL.Query().Get("customer")
	if r.URL.Query().Has("customer") && !sales.IsCustomer(customer) {
		return web.BadRequest("invalid_parameter", "That is no customer: 1 to 100 of letters, digits, '.', '_', '@' and '-'.")
	}
	orders, err := a.book.Newest(r.Context(), customer)
	if err != nil {
		return a.problem(err)
	}
	web.Write(w, http.StatusOK, map[string][]sales.Order{"orders": orders})
	return nil
}

func (a api) order(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !sales.IsID(id) {
		return a.problem(sales.ErrUnknownOrder)
	}
	order, err := a.book.Order(r.Context(), id)
	if err != nil {
		return a.problem(err)
	}
	web.Write(w, http.StatusOK, order)
	return nil
}

func (a api) cancel(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !sales.IsID(id) {
		return a.problem(sales.ErrUnknownOrder)
	}
	order, err := a.desk.Cancel(r.Context(), id)
	if err != nil {
		return a.problem(err)
	}
	web.Write(w, http.StatusOK, order)
	return nil
}
