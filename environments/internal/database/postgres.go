package database

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Names are what one slot's things are called on a server.
type Names struct {
	Database, Owner, App string
}

// NamesOf derives the names from the environment, the slot and an identity of the state directory, so that two state
// directories can share a server without sharing a database.
func NamesOf(environment, key, identity string) Names {
	sum := sha256.Sum256([]byte(identity + "\x00" + environment + "\x00" + key))
	readable := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(environment+"_"+key))
	// 63 bytes is all that Postgres keeps of a name.
	name := "gantry_" + readable[:min(len(readable), 40)] + "_" + hex.EncodeToString(sum[:4])
	return Names{Database: name, Owner: name + "_ddl", App: name + "_app"}
}

// Postgres makes sure that the slot's database and its two roles exist on the administrator's server: the owner may do
// anything in it, the application may read and write rows.
func Postgres(ctx context.Context, admin string, names Names, passwords Passwords) (Access, error) {
	server, err := url.Parse(admin)
	if err != nil || server.Host == "" {
		return Access{}, errors.New("the administrator's Postgres URL is none: write it like postgres://user:password@host:5432/postgres")
	}
	if err := makeRolesAndDatabase(ctx, admin, names, passwords); err != nil {
		return Access{}, explain(err, server, names)
	}
	if err := separate(ctx, at(server, server.User, names.Database), names); err != nil {
		return Access{}, explain(err, server, names)
	}
	return Access{
		Owner: at(server, url.UserPassword(names.Owner, passwords.Owner), names.Database),
		App:   at(server, url.UserPassword(names.App, passwords.App), names.Database),
		Role:  names.App,
	}, nil
}

func at(server *url.URL, user *url.Userinfo, database string) string {
	u := *server
	u.User, u.Path = user, "/"+database
	return u.String()
}

func explain(err error, server *url.URL, names Names) error {
	return fmt.Errorf("prepare database %s on %s: %w", names.Database, server.Host, err)
}

func makeRolesAndDatabase(ctx context.Context, admin string, names Names, passwords Passwords) error {
	db, err := pgx.Connect(ctx, admin)
	if err != nil {
		return err
	}
	defer db.Close(context.WithoutCancel(ctx))
	for role, password := range map[string]string{names.Owner: passwords.Owner, names.App: passwords.App} {
		if err := unlessThere(ctx, db, "SELECT FROM pg_roles WHERE rolname = $1", role,
			"CREATE ROLE "+quote(role)+" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '"+password+"'"); err != nil {
			return err
		}
	}
	// An administrator who is no superuser must be a member of the role that is to own the database.
	if _, err := db.Exec(ctx, "GRANT "+quote(names.Owner)+" TO CURRENT_USER"); err != nil {
		return err
	}
	if err := unlessThere(ctx, db, "SELECT FROM pg_database WHERE datname = $1", names.Database,
		"CREATE DATABASE "+quote(names.Database)+" OWNER "+quote(names.Owner)); err != nil {
		return err
	}
	return execAll(ctx, db,
		"REVOKE ALL ON DATABASE "+quote(names.Database)+" FROM PUBLIC",
		"GRANT CONNECT ON DATABASE "+quote(names.Database)+" TO "+quote(names.App))
}

// separate gives the application rows and nothing else, also in the tables that migrations are still to make.
func separate(ctx context.Context, database string, names Names) error {
	db, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer db.Close(context.WithoutCancel(ctx))
	app := quote(names.App)
	future := "ALTER DEFAULT PRIVILEGES FOR ROLE " + quote(names.Owner) + " IN SCHEMA public GRANT "
	return execAll(ctx, db,
		"ALTER SCHEMA public OWNER TO "+quote(names.Owner),
		"REVOKE ALL ON SCHEMA public FROM PUBLIC",
		"GRANT USAGE ON SCHEMA public TO "+app,
		future+"SELECT, INSERT, UPDATE, DELETE ON TABLES TO "+app,
		future+"USAGE, SELECT ON SEQUENCES TO "+app)
}

func unlessThere(ctx context.Context, db *pgx.Conn, query, name, create string) error {
	rows, err := db.Query(ctx, query, name)
	if err != nil {
		return err
	}
	found := rows.Next()
	rows.Close()
	if err := rows.Err(); err != nil || found {
		return err
	}
	_, err = db.Exec(ctx, create)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code == "42710" || refused.Code == "42P04") {
		return nil // somebody else was first
	}
	return err
}

func execAll(ctx context.Context, db *pgx.Conn, statements ...string) error {
	for _, statement := range statements {
		if _, err := db.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
