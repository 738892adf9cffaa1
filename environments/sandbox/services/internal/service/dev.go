package service

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/database"
	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/migrator"
)

// ownDatabase is a developer's database, in the cache directory, migrated with the very files that the migration image
// carries. Where DATABASE_URL is given, only that image migrates.
func ownDatabase(ctx context.Context, s Service, log *slog.Logger) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a place for the developer's database: %w", err)
	}
	dir := filepath.Join(cache, "gantry-samples")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make a place for the developer's database: %w", err)
	}
	file := filepath.Join(dir, s.Name+".db")
	address := (&url.URL{Scheme: "sqlite", Path: file}).String()
	db, dialect, err := database.OpenOwner(address)
	if err != nil {
		return "", err
	}
	defer db.Close()
	done, err := migrator.Up(ctx, db, dialect, s.Migrations)
	if err != nil {
		return "", err
	}
	log.Info("using a database of your own", "file", file, "applied", len(done))
	return address, nil
}
