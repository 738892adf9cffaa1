package migrator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// contents is the table of what each migration said when it was applied, beside goose's table of those that were.
const contents = "migration_contents"

// Conflict is a history that the files do not continue: nothing was applied.
type Conflict struct {
	File string
	Why  string // and what to do
}

func (c *Conflict) Error() string { return c.File + " " + c.Why }

// history is goose's own bookkeeping, and refuses files that contradict it: one that was edited after it was applied, or
// one that comes late, before another that was applied. Goose asks it while it holds the lock of the migrations.
type history struct {
	database.Store
	files   fs.FS
	sources []*goose.Source // in the order of their versions
}

func newHistory(dialect goose.Dialect, files fs.FS) (*history, error) {
	store, err := database.NewStore(dialect, goose.DefaultTablename)
	return &history{Store: store, files: files}, err
}

// TableExists lets goose see its table without an error in the server's log.
func (h *history) TableExists(ctx context.Context, db database.DBTxConn) (bool, error) {
	return h.Store.(database.StoreExtender).TableExists(ctx, db)
}

// Insert keeps a migration as applied, and what it said, in the transaction that applied it.
func (h *history) Insert(ctx context.Context, db database.DBTxConn, r database.InsertRequest) error {
	if err := h.Store.Insert(ctx, db, r); err != nil || r.Version == 0 {
		return err
	}
	return h.keep(ctx, db, r.Version)
}

// ListMigrations is what was applied so far, if the files continue it.
func (h *history) ListMigrations(ctx context.Context, db database.DBTxConn) ([]*database.ListMigrationsResult, error) {
	list, err := h.Store.ListMigrations(ctx, db)
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS "+contents+" (version BIGINT PRIMARY KEY, sha256 TEXT NOT NULL)"); err != nil {
		return nil, fmt.Errorf("make the table %s: %w", contents, err)
	}
	kept, err := h.kept(ctx, db)
	if err != nil {
		return nil, err
	}
	applied := map[int64]bool{}
	for _, m := range list {
		applied[m.Version] = m.IsApplied
	}
	for _, source := range h.sources {
		if err := h.check(ctx, db, source, applied, kept); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// check holds one file against what was applied, and keeps what it says where that was not kept yet.
func (h *history) check(ctx context.Context, db database.DBTxConn, source *goose.Source, applied map[int64]bool, kept map[int64]string) error {
	file := path.Base(source.Path)
	if !applied[source.Version] {
		if newest := slices.Max(append(slices.Collect(maps.Keys(applied)), 0)); source.Version < newest {
			return &Conflict{file, fmt.Sprintf("comes late: version %d was applied before it. Give it a number above that", newest)}
		}
		return nil
	}
	said, known := kept[source.Version]
	if !known { // it was applied before what it said was kept
		return h.keep(ctx, db, source.Version)
	}
	now, err := h.content(source.Version)
	if err == nil && now != said {
		err = &Conflict{file, "was edited after it was applied. Put it back as it was, and write the change as a new migration"}
	}
	return err
}

func (h *history) kept(ctx context.Context, db database.DBTxConn) (map[int64]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT version, sha256 FROM "+contents)
	if err != nil {
		return nil, fmt.Errorf("read the table %s: %w", contents, err)
	}
	defer rows.Close()
	kept := map[int64]string{}
	for rows.Next() {
		var version int64
		var said string
		if err := rows.Scan(&version, &said); err != nil {
			return nil, fmt.Errorf("read the table %s: %w", contents, err)
		}
		kept[version] = said
	}
	return kept, rows.Err()
}

func (h *history) keep(ctx context.Context, db database.DBTxConn, version int64) error {
	said, err := h.content(version)
	if err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "INSERT INTO "+contents+" (version, sha256) VALUES ($1, $2)", version, said); err != nil {
		return fmt.Errorf("keep what migration %d says: %w", version, err)
	}
	return nil
}

// content is the hash of what a migration says.
func (h *history) content(version int64) (string, error) {
	at := slices.IndexFunc(h.sources, func(s *goose.Source) bool { return s.Version == version })
	if at < 0 {
		return "", fmt.Errorf("there is no file of migration %d", version)
	}
	text, err := fs.ReadFile(h.files, h.sources[at].Path)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}
