package database

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// CopySQLite makes a new file of what another holds at this moment, also while a service reads and writes that one.
// Where there is no other there is nothing to copy.
func CopySQLite(ctx context.Context, from, to string) error {
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	source := url.URL{Scheme: "file", Path: from, RawQuery: "mode=rw&_pragma=busy_timeout(30000)"}
	db, err := sql.Open("sqlite", source.String())
	if err != nil {
		return fmt.Errorf("open the database %s: %w", from, err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return fmt.Errorf("copy the database %s: %w", from, err)
	}
	return nil
}

// DropSQLite removes a slot's file, and what SQLite keeps beside it.
func DropSQLite(file string) error {
	var problems []error
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(file + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// CopyPostgres fills an empty database with what another holds at this moment, also while a service reads and writes
// that one: as a template it would have to be without any connection. What is restored is the new owner's, and its
// application may do in it what it may in every database that Postgres made.
func CopyPostgres(ctx context.Context, from, to Access) error {
	dump, err := client(ctx, "pg_dump", from.Owner, "--format=custom", "--no-owner", "--no-privileges")
	if err != nil {
		return err
	}
	restore, err := client(ctx, "pg_restore", to.Owner, "--no-owner", "--no-privileges", "--no-comments", "--single-transaction", "--exit-on-error")
	if err != nil {
		return err
	}
	var dumpSaid, restoreSaid bytes.Buffer
	dump.Stderr, restore.Stderr = &dumpSaid, &restoreSaid
	if restore.Stdin, err = dump.StdoutPipe(); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	if err := dump.Start(); err != nil {
		return fmt.Errorf("start pg_dump: %w", err)
	}
	restored := restore.Run()
	if err := dump.Wait(); err != nil && dumpSaid.Len() > 0 {
		return fmt.Errorf("copy the database: pg_dump: %w: %s", err, firstLine(dumpSaid.String()))
	}
	if restored != nil {
		return fmt.Errorf("copy the database: pg_restore: %w: %s", restored, firstLine(restoreSaid.String()))
	}
	return nil
}

// client is one of PostgreSQL's own programs, logged in at the URL. The password is handed over where nobody else sees
// it.
func client(ctx context.Context, program, at string, args ...string) (*exec.Cmd, error) {
	u, err := url.Parse(at)
	if err != nil {
		return nil, errors.New("the database's URL cannot be read")
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, fmt.Errorf("a database that is in use is copied with pg_dump and pg_restore: install PostgreSQL's client programs, of the server's version: %w", err)
	}
	password, _ := u.User.Password()
	u.User = url.User(u.User.Username())
	cmd := exec.CommandContext(ctx, path, append(args, "--dbname", u.String())...)
	cmd.Env = []string{"PGPASSWORD=" + password}
	for _, name := range []string{"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"} {
		if value, set := os.LookupEnv(name); set {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	return cmd, nil
}

func firstLine(said string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	return line
}

// DropPostgres removes a slot's database and its two roles, whoever is connected. What is not there is no mistake.
func DropPostgres(ctx context.Context, admin string, names Names) error {
	db, err := pgx.Connect(ctx, admin)
	if err != nil {
		return fmt.Errorf("log in to the Postgres server as the administrator: %w", err)
	}
	defer db.Close(context.WithoutCancel(ctx))
	return execAll(ctx, db,
		"DROP DATABASE IF EXISTS "+quote(names.Database)+" WITH (FORCE)",
		"DROP ROLE IF EXISTS "+quote(names.App),
		"DROP ROLE IF EXISTS "+quote(names.Owner))
}
