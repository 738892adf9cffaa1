package migrator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/database"
)

// Main is a whole migration image: it migrates the database of DATABASE_URL, tells about it in JSON lines on standard
// output, and exits with 0, or with 1 if anything was refused.
func Main(files fs.FS) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := Run(ctx, files, os.Getenv, os.Stdout)
	stop()
	os.Exit(code)
}

// Run is Main with everything handed in; it returns the exit code.
func Run(ctx context.Context, files fs.FS, env func(string) string, out io.Writer) int {
	log := slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{ReplaceAttr: lowerLevel}))
	err := run(ctx, files, env, log)
	var refused *Refusal
	switch {
	case errors.As(err, &refused):
		log.Error(refused.Error(), "file", refused.File, "line", refused.Line, "sql", refused.SQL, "cause", refused.Cause.Error())
		return 1
	case err != nil:
		log.Error(err.Error())
		return 1
	}
	return 0
}

func run(ctx context.Context, files fs.FS, env func(string) string, log *slog.Logger) error {
	address, role := env("DATABASE_URL"), env("APP_ROLE")
	if address == "" {
		return errors.New("DATABASE_URL is not set: give sqlite:///absolute/path.db or postgres://user:password@host/name")
	}
	db, dialect, err := database.OpenOwner(address)
	if err != nil {
		return err
	}
	defer db.Close()
	done, err := Up(ctx, db, dialect, files)
	for i, m := range done {
		log.Info("applied "+m.File, "version", m.Version, "applied", i+1)
	}
	if err != nil {
		return err
	}
	if role != "" && dialect == database.Postgres {
		if err := Grant(ctx, db, role); err != nil {
			return fmt.Errorf("grant the application its rights: %w", err)
		}
		log.Info("the application may read and write rows, and not change the schema", "role", role)
	}
	version, err := Version(ctx, db)
	if err != nil {
		return err
	}
	said := "the schema is up to date: there was nothing to apply"
	if len(done) > 0 {
		said = "the schema is up to date"
	}
	log.Info(said, "version", version, "applied", len(done))
	return nil
}

// lowerLevel writes "info" for INFO, as most readers of JSON logs expect.
func lowerLevel(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.LevelKey {
		return slog.String(slog.LevelKey, strings.ToLower(a.Value.String()))
	}
	return a
}
