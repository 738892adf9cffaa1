package stock

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Store keeps the stock in the service's own database.
type Store struct {
	db    *sql.DB
	now   func() time.Time
	newID func() string
}

// NewStore is the stock in a migrated database.
func NewStore(db *sql.DB) *Store {
	return &Store{db: db, now: time.Now, newID: func() string { return "r-" + strings.ToLower(rand.Text()) }}
}

// moment is how times are kept: text that sorts, the same in every database.
const moment = "2006-01-02T15:04:05.000000Z"

const itemColumns = "sku, name, on_hand, reserved, on_hand - reserved"

// Ready tells whether the database answers and has the columns that this version works with.
func (s *Store) Ready(ctx context.Context) error {
	for _, query := range []string{
		"SELECT " + itemColumns + " FROM items LIMIT 1",
		"SELECT id, sku, quantity, order_id, created_at FROM reservations LIMIT 1",
	} {
		var rows int
		if err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM ("+query+") AS probe").Scan(&rows); err != nil {
			return fmt.Errorf("the schema is not there, or the database does not answer: %w", err)
		}
	}
	return nil
}

// Items are all items, by sku.
func (s *Store) Items(ctx context.Context) ([]Item, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT "+itemColumns+" FROM items ORDER BY sku")
	if err != nil {
		return nil, fmt.Errorf("list the items: %w", err)
	}
	defer rows.Close()
	items := []Item{}
	for rows.Next() {
		item, err := scanItem(rows)
		if err != nil {
			return nil, fmt.Errorf("read an item: %w", err)
		}
		items = append(items, item)
	}
	return items, rows.Err()
}

// Item is one item; ErrUnknownItem when there is none of that sku.
func (s *Store) Item(ctx context.Context, sku string) (Item, error) {
	item, err := scanItem(s.db.QueryRowContext(ctx, "SELECT "+itemColumns+" FROM items WHERE sku = $1", sku))
	if errors.Is(err, sql.ErrNoRows) {
		return Item{}, ErrUnknownItem
	}
	if err != nil {
		return Item{}, fmt.Errorf("read item %s: %w", sku, err)
	}
	return item, nil
}

func scanItem(row interface{ Scan(...any) error }) (Item, error) {
	var i Item
	err := row.Scan(&i.SKU, &i.Name, &i.OnHand, &i.Reserved, &i.Available)
	return i, err
}

// transaction runs work in a transaction, which is kept only if work returns nil.
func (s *Store) transaction(ctx context.Context, work func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if err := work(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
