package survey

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Migrations are a service's changes of its database's schema.
type Migrations struct {
	Tool string // "goose", "flyway", …; "" where SQL files with numbers are all that is known
	Dir  string // relative to the service
}

var (
	flywayName   = regexp.MustCompile(`^V[0-9][0-9._]*__.+\.sql$`)
	numberedName = regexp.MustCompile(`^[0-9]+[-_].*\.sql$`)
	upName       = regexp.MustCompile(`^[0-9]+_.*\.up\.sql$`)
	djangoName   = regexp.MustCompile(`^[0-9]{4}_.*\.py$`)
)

// migrations tells whether a directory holds migrations, and of which tool. A tool shows itself by its own files, by how it
// names each step, or by the comments that it reads in them.
func (t *tree) migrations(dir string, names []string) *Migrations {
	matches := func(pattern *regexp.Regexp) string {
		if i := slices.IndexFunc(names, pattern.MatchString); i >= 0 {
			return names[i]
		}
		return ""
	}
	base := path.Base(dir)
	switch {
	case slices.Contains(names, "migration_lock.toml"):
		return &Migrations{"prisma", dir}
	case slices.Contains(names, "env.py") && t.hasBelow(dir, "versions"):
		return &Migrations{"alembic", dir}
	case matches(flywayName) != "":
		return &Migrations{"flyway", dir}
	case matches(upName) != "":
		return &Migrations{"golang-migrate", dir}
	case strings.Contains(dir, "liquibase") || strings.HasSuffix(dir, "db/changelog"):
		for _, name := range names {
			if strings.Contains(t.text(dir, name), "databaseChangeLog") {
				return &Migrations{"liquibase", dir}
			}
		}
	case base == "migrations" && matches(djangoName) != "" && t.has(path.Dir(dir), "models.py"):
		return &Migrations{"django", dir}
	}
	if name := matches(numberedName); name != "" && (strings.Contains(dir, "migrat") || strings.Contains(dir, "schema")) {
		switch text := t.text(dir, name); {
		case strings.Contains(text, "-- +goose"):
			return &Migrations{"goose", dir}
		case strings.Contains(text, "-- migrate:up"):
			return &Migrations{"dbmate", dir}
		case strings.Contains(text, "-- +migrate"):
			return &Migrations{"sql-migrate", dir}
		case t.usesSQLx(dir):
			return &Migrations{"sqlx", dir}
		}
		return &Migrations{"", dir}
	}
	return nil
}

func (t *tree) hasBelow(dir, name string) bool { return len(t.names[path.Join(dir, name)]) > 0 }

// usesSQLx tells whether the crate that a directory belongs to depends on sqlx.
func (t *tree) usesSQLx(dir string) bool {
	for above := path.Dir(dir); ; above = path.Dir(above) {
		if t.has(above, "Cargo.toml") {
			return strings.Contains(t.text(above, "Cargo.toml"), "sqlx")
		}
		if above == "." {
			return false
		}
	}
}
