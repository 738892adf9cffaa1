package migrator

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3/lock"
)

// newLock makes two migrations of one Postgres database wait for each other, for five minutes at most.
func newLock() (lock.SessionLocker, error) {
	inner, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	return mortal{inner}, err
}

// mortal is a lock that does not outlive whoever holds it. When a migration is killed, its server finishes the statement
// under way before it notices, and keeps the lock so long: it is told to look after its client meanwhile.
type mortal struct{ lock.SessionLocker }

func (m mortal) SessionLock(ctx context.Context, c *sql.Conn) error {
	// Servers before Postgres 14 do not know this; there the lock is kept until the statement ends.
	_, _ = c.ExecContext(ctx, "SET client_connection_check_interval = '1s'")
	return m.SessionLocker.SessionLock(ctx, c)
}
