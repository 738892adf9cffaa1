// Command inventory keeps stock and reservations. It is one of the two sample services that Gantry promotes.
package main

import (
	"net/http"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/service"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/api"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/migrations"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/stock"
)

// version is set when a release is built: -ldflags "-X main.version=1.0.0".
var version = "dev"

func main() {
	service.Main(service.Service{
		Name:       "inventory",
		Version:    version,
		Migrations: migrations.Files,
		Defaults:   map[string]string{"PORT": "8081"},
		Handler: func(r service.Runtime) (http.Handler, error) {
			return api.New(stock.NewStore(r.DB), version, r.Log), nil
		},
	})
}
