// Package migrator brings a database's schema up to date with the migration files of one service. It only goes
// forward: there is no way back in it.
package migrator

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/database"
	"github.com/pressly/goose/v3"
)

// Applied is one migration that was applied.
type Applied struct {
	File    string
	Version int64
}

// Up applies the pending migrations in order, each in a transaction of its own, and says which. A refused migration is
// a *Refusal; those before it stay applied. Files that contradict what was applied before are a *Conflict.
func Up(ctx context.Context, db *sql.DB, dialect database.Dialect, files fs.FS) ([]Applied, error) {
	under := &watcher{}
	options := []goose.ProviderOption{goose.WithVerbose(true), goose.WithSlog(slog.New(under)), goose.WithDisableGlobalRegistry(true)}
	kind := goose.DialectSQLite3
	if dialect == database.Postgres {
		kind = goose.DialectPostgres
		locker, err := newLock()
		if err != nil {
			return nil, fmt.Errorf("prepare the lock of the migrations: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	past, err := newHistory(kind, files)
	if err != nil {
		return nil, fmt.Errorf("prepare the history of the migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectCustom, db, files, append(options, goose.WithStore(past))...)
	if err != nil {
		return nil, fmt.Errorf("read the migration files: %w", err)
	}
	past.sources = provider.ListSources()
	results, err := provider.Up(ctx)
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		return applied(partial.Applied), refusal(files, under.statement, partial)
	}
	var conflict *Conflict
	if errors.As(err, &conflict) {
		return nil, conflict
	}
	if err != nil {
		return nil, fmt.Errorf("migrate the database: %w", err)
	}
	return applied(results), nil
}

// Version is the newest migration that the database has seen.
func Version(ctx context.Context, db *sql.DB) (int64, error) {
	var version int64
	err := db.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM "+goose.DefaultTablename).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", err)
	}
	return version, nil
}

func applied(results []*goose.MigrationResult) []Applied {
	var list []Applied
	for _, r := range results {
		list = append(list, Applied{File: path.Base(r.Source.Path), Version: r.Source.Version})
	}
	return list
}

// watcher hears goose say which statement it is about to execute: its errors do not.
type watcher struct{ statement string }

func (w *watcher) Enabled(context.Context, slog.Level) bool { return true }
func (w *watcher) WithAttrs([]slog.Attr) slog.Handler       { return w }
func (w *watcher) WithGroup(string) slog.Handler            { return w }

func (w *watcher) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "statement" {
			w.statement = a.Value.String()
		}
		return true
	})
	return nil
}
