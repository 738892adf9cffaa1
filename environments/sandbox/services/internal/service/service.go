// Package service is what the two samples' main functions share: settings from the environment, logs, a database, and
// a server that stops on SIGTERM.
package service

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/database"
	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/web"
)

// Service is what one service brings along.
type Service struct {
	Name       string
	Version    string
	Migrations fs.FS             // for a developer's own database only
	Defaults   map[string]string // settings of a developer's own run: PORT and where other services are
	Handler    func(Runtime) (http.Handler, error)
}

// Runtime is what a service is handed to build its handler from.
type Runtime struct {
	DB  *sql.DB
	Log *slog.Logger
	Env func(string) string
}

// Main runs the service until SIGTERM or an interrupt.
func Main(s Service) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := Run(ctx, s, os.Args[1:], os.Getenv, os.Stderr)
	stop()
	os.Exit(code)
}

// Run is Main with everything handed in; it returns the exit code.
func Run(ctx context.Context, s Service, args []string, env func(string) string, out io.Writer) int {
	flags := flag.NewFlagSet(s.Name, flag.ContinueOnError)
	flags.SetOutput(out)
	dev := flags.Bool("dev", false, "run alone, with a SQLite database of your own that is migrated first")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	log := slog.New(slog.NewJSONHandler(out, nil)).With("service", s.Name, "version", s.Version)
	if err := run(ctx, s, *dev, env, log); err != nil {
		log.Error(err.Error())
		return 1
	}
	return 0
}

func run(ctx context.Context, s Service, dev bool, env func(string) string, log *slog.Logger) error {
	if dev {
		env = withDefaults(env, s.Defaults)
	}
	address := env("DATABASE_URL")
	switch {
	case address == "" && !dev:
		return errors.New("DATABASE_URL is not set: give sqlite:///absolute/path.db or postgres://user:password@host/name, or run with -dev")
	case address == "":
		var err error
		if address, err = ownDatabase(ctx, s, log); err != nil {
			return err
		}
	}
	port := env("PORT")
	if port == "" {
		return errors.New("PORT is not set: give the port to listen on at 127.0.0.1, or run with -dev")
	}
	db, err := database.Open(address)
	if err != nil {
		return err
	}
	defer db.Close()
	handler, err := s.Handler(Runtime{DB: db, Log: log, Env: env})
	if err != nil {
		return err
	}
	host := "127.0.0.1"
	if set := env("HOST"); set != "" && !dev { // in a container, which is reached from outside
		host = set
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return fmt.Errorf("listen on %s: %w", net.JoinHostPort(host, port), err)
	}
	log.Info("listening", "address", "http://"+listener.Addr().String())
	return web.Serve(ctx, listener, handler, log)
}

func withDefaults(env func(string) string, defaults map[string]string) func(string) string {
	return func(name string) string {
		if value := env(name); value != "" {
			return value
		}
		return defaults[name]
	}
}
