// Package migrations holds the SQL files that make orders' database, in goose's format. They only go forward, and every
// one of them must leave the version before it working.
package migrations

import "embed"

// Files are the migrations, in the order of their numbers.
//
//go:embed *.sql
var Files embed.FS
