// Command migrate is inventory's migration image: it brings the database of DATABASE_URL up to date and exits.
package main

import (
	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/migrator"
	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/migrations"
)

func main() { migrator.Main(migrations.Files) }
