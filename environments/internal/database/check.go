package database

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// excess lists what the role that asks may do and an application must not: one row per power, in words.
const excess = `
SELECT 'is superuser' FROM pg_roles WHERE rolname = current_user AND rolsuper
UNION ALL SELECT 'may create databases' FROM pg_roles WHERE rolname = current_user AND rolcreatedb
UNION ALL SELECT 'may create roles' FROM pg_roles WHERE rolname = current_user AND rolcreaterole
UNION ALL SELECT 'may bypass row security' FROM pg_roles WHERE rolname = current_user AND rolbypassrls
UNION ALL SELECT 'may replicate' FROM pg_roles WHERE rolname = current_user AND rolreplication
UNION ALL SELECT 'may create schemas' WHERE has_database_privilege(current_database(), 'CREATE')
UNION ALL SELECT 'may create in schema ' || nspname FROM pg_namespace
	WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND has_schema_privilege(oid, 'CREATE')
UNION ALL SELECT 'owns ' || c.relname FROM pg_class c
	WHERE c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
UNION ALL SELECT 'may truncate ' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND has_table_privilege(c.oid, 'TRUNCATE')
UNION ALL SELECT 'is a member of ' || r.rolname FROM pg_roles r
	WHERE r.rolname <> current_user AND pg_has_role(current_user, r.oid, 'MEMBER')`

// Overpowered says what an application's role may do and must not.
type Overpowered struct {
	Role string
	May  []string
}

func (o *Overpowered) Error() string {
	return fmt.Sprintf("the application's role %s %s: an application must not be able to change its schema; revoke it in a migration",
		o.Role, strings.Join(o.May, ", "))
}

func checkRole(ctx context.Context, url string) error {
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("log in to the database as the application: %w", err)
	}
	defer db.Close(context.WithoutCancel(ctx))
	rows, err := db.Query(ctx, excess)
	if err != nil {
		return fmt.Errorf("ask what the application's role may do: %w", err)
	}
	powers, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("ask what the application's role may do: %w", err)
	}
	if len(powers) > 0 {
		return &Overpowered{Role: db.Config().User, May: powers}
	}
	return nil
}

// Reach tells whether the administrator's server answers and takes the password, and whether the slot's database is
// there. It changes nothing.
func Reach(ctx context.Context, admin string, names Names) (made bool, err error) {
	db, err := pgx.Connect(ctx, admin)
	if err != nil {
		return false, fmt.Errorf("log in to the Postgres server as the administrator: %w", err)
	}
	defer db.Close(context.WithoutCancel(ctx))
	err = db.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", names.Database).Scan(&made)
	if err != nil {
		return false, fmt.Errorf("ask the Postgres server for %s: %w", names.Database, err)
	}
	return made, nil
}

// Server is what the administrator's server is, by whatever address it is reached: when it began to run, to the microsecond.
func Server(ctx context.Context, admin string) (string, error) {
	db, err := pgx.Connect(ctx, admin)
	if err != nil {
		return "", fmt.Errorf("log in to the Postgres server as the administrator: %w", err)
	}
	defer db.Close(context.WithoutCancel(ctx))
	var began string
	err = db.QueryRow(ctx, `SELECT to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`).Scan(&began)
	if err != nil {
		return "", fmt.Errorf("ask the Postgres server what it is: %w", err)
	}
	return "that began at " + began, nil
}
