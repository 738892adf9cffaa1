package api

import (
	"net/http"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/web"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/stock"
)

func (a api) items(w http.ResponseWriter, r *http.Request) error {
	items, err := a.stock.Items(r.Context())
	if err != nil {
		return problem(err)
	}
	web.Write(w, http.StatusOK, map[string][]stock.Item{"items": items})
	return nil
}

func (a api) item(w http.ResponseWriter, r *http.Request) error {
	sku := r.PathValue("sku")
	if !stock.IsSKU(sku) {
		return problem(stock.ErrUnknownItem)
	}
	item, err := a.stock.Item(r.Context(), sku)
	if err != nil {
		return problem(err)
	}
	web.Write(w, http.StatusOK, item)
	return nil
}
