// Package database makes each slot a database of its own: a SQLite file, or a database with two roles on a Postgres
// server.
package database

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
)

// Access is how a slot's database is reached.
type Access struct {
	Owner string // URL for migrations: may change the schema
	App   string // URL for the application
	Role  string // the application's role, which a migration may grant things to; "" on SQLite
}

// Passwords of the two roles of one slot.
type Passwords struct {
	Owner string `json:"owner"`
	App   string `json:"app"`
}

// Password makes a password that needs no quoting anywhere.
func Password() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// SQLite is one file per slot. The file has one owner, so both URLs are the same.
func SQLite(dir, key string) (Access, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Access{}, fmt.Errorf("make the directory of databases: %w", err)
	}
	u := url.URL{Scheme: "sqlite", Path: File(dir, key)}
	return Access{Owner: u.String(), App: u.String()}, nil
}

// File is where a slot's SQLite database lies.
func File(dir, key string) string { return filepath.Join(dir, key+".db") }

// Check logs in as the application and says what it could do that it must not. A database that cannot hold the line
// (SQLite) passes.
func (a Access) Check(ctx context.Context) error {
	if a.Role == "" {
		return nil
	}
	return checkRole(ctx, a.App)
}
