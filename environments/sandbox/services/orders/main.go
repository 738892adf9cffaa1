// Command orders takes orders and reserves what they need at inventory. It is one of the two sample services that
// Gantry promotes.
package main

import (
	"net/http"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/service"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/api"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/inventory"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/migrations"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/sales"
)

// version is set when a release is built: -ldflags "-X main.version=1.0.0".
var version = "dev"

func main() {
	service.Main(service.Service{
		Name:       "orders",
		Version:    version,
		Migrations: migrations.Files,
		Defaults:   map[string]string{"PORT": "8082", "INVENTORY_URL": "http://127.0.0.1:8081"},
		Handler: func(r service.Runtime) (http.Handler, error) {
			warehouse, err := inventory.New(r.Env("INVENTORY_URL"))
			if err != nil {
				return nil, err
			}
			book := sales.NewStore(r.DB)
			return api.New(book, sales.NewDesk(warehouse, book), version, r.Log), nil
		},
	})
}
