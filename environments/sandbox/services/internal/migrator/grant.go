package migrator

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
)

// Grant lets the application's role read and write the rows of the current schema's tables, now and in later
// migrations, and never change the schema. What was migrated is read-only to it. Postgres only.
func Grant(ctx context.Context, db *sql.DB, role string) error {
	var schema string
	if err := db.QueryRowContext(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
		return fmt.Errorf("ask for the current schema: %w", err)
	}
	to, in := pgx.Identifier{role}.Sanitize(), pgx.Identifier{schema}.Sanitize()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin the grants to role %s: %w", role, err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	for _, statement := range []string{
		"GRANT USAGE ON SCHEMA " + in + " TO " + to,
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + in + " TO " + to,
		"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA " + in + " TO " + to,
		"ALTER DEFAULT PRIVILEGES IN SCHEMA " + in + " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO " + to,
		"ALTER DEFAULT PRIVILEGES IN SCHEMA " + in + " GRANT USAGE, SELECT ON SEQUENCES TO " + to,
		"REVOKE INSERT, UPDATE, DELETE ON " + in + "." + goose.DefaultTablename + ", " + in + "." + contents + " FROM " + to,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit the grants to role %s: %w", role, err)
	}
	return nil
}
