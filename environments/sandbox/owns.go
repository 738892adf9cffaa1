package sandbox

import (
	"context"
	"fmt"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/environments/internal/database"
)

// Owns is the environment's directory, which holds its images, its passwords and its SQLite files, and its database server.
func (e *Environment) Owns(ctx context.Context) ([]engine.Possession, error) {
	all := []engine.Possession{{What: "directory", ID: e.host.dir}}
	if e.outside != nil {
		there, err := e.outside.Owns()
		if all = append(all, there...); err != nil {
			return all, err
		}
	}
	reference := e.configured.Database.Postgres
	if reference == "" {
		return all, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	admin, err := config.Resolve(reference, e.root)
	if err != nil {
		return all, fmt.Errorf("where the database of %s is: %w", e.Name(), err)
	}
	server, err := database.Server(ctx, admin)
	if err != nil {
		return all, fmt.Errorf("the database of %s: %w", e.Name(), err)
	}
	return append(all, engine.Possession{What: "Postgres server", ID: server}), nil
}
