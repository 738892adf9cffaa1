// Package database opens a service's own database by its URL: a SQLite file or a Postgres database. The same SQL runs
// on both.
package database

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// Dialect tells which kind of database it is, for the few who must know: migrations do, queries do not.
type Dialect string

// The two kinds of database.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// connections bounds the pool: a sample service shares its server with others.
const connections = 8

// Open opens an existing database for the application. It never creates one: that is what migrations do.
func Open(address string) (*sql.DB, error) {
	db, _, err := open(address, "rw")
	return db, err
}

// OpenOwner opens the database for migrations, and creates the SQLite file if there is none.
func OpenOwner(address string) (*sql.DB, Dialect, error) {
	return open(address, "rwc")
}

// open never repeats the address in an error: it may hold a password.
func open(address, mode string) (*sql.DB, Dialect, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", errors.New("DATABASE_URL is not a URL: give sqlite:///absolute/path.db or postgres://user:password@host/name")
	}
	driver, source, dialect := "", "", Dialect("")
	switch u.Scheme {
	case "sqlite":
		if u.Host != "" || len(u.Path) < 2 {
			return nil, "", errors.New("DATABASE_URL has no absolute path: give sqlite:///absolute/path.db")
		}
		driver, source, dialect = "sqlite", sqliteSource(u.Path, mode), SQLite
	case "postgres", "postgresql":
		driver, source, dialect = "pgx", address, Postgres
	default:
		return nil, "", fmt.Errorf("DATABASE_URL has the scheme %q: give sqlite:///absolute/path.db or postgres://user:password@host/name", u.Scheme)
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, "", fmt.Errorf("open the %s database: %w", dialect, err)
	}
	db.SetMaxOpenConns(connections)
	return db, dialect, nil
}

// sqliteSource asks for what two versions of a service need to share one file while one replaces the other: readers
// that do not block the writer, writers that wait for each other, and transactions that take the write lock first.
func sqliteSource(path, mode string) string {
	options := url.Values{
		"mode":    {mode},
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)"},
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: options.Encode()}).String()
}
