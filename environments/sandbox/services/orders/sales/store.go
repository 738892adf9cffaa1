package sales

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Store is the book of orders in the service's own database.
type Store struct{ db *sql.DB }

// NewStore is the book in a migrated database.
func NewStore(db *sql.DB) *Store { return &Store{db} }

const (
	moment  = "2006-01-02T15:04:05.000000Z" // how times are kept: text that sorts, the same in every database
	columns = "id, sku, quantity, customer, status, reservation, created_at"
	listed  = 100 // how many orders are told at most
)

// Ready tells whether the database answers and has the columns that this version works with.
func (s *Store) Ready(ctx context.Context) error {
	var rows int
	if err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT "+columns+" FROM orders LIMIT 1) AS probe").Scan(&rows); err != nil {
		return fmt.Errorf("the schema is not there, or the database does not answer: %w", err)
	}
	return nil
}

// Add keeps a new order.
func (s *Store) Add(ctx context.Context, o Order) error {
	_, err := s.db.ExecContext(ctx, "INSERT INTO orders ("+columns+") VALUES ($1, $2, $3, $4, $5, $6, $7)",
		o.ID, o.SKU, o.Quantity, o.Customer, o.Status, o.Reservation, o.CreatedAt.Format(moment))
	if err != nil {
		return fmt.Errorf("add order %s: %w", o.ID, err)
	}
	return nil
}

// Cancel marks an order as cancelled.
func (s *Store) Cancel(ctx context.Context, id string) error {
	if _, err := s.db.ExecContext(ctx, "UPDATE orders SET status = $1 WHERE id = $2", Cancelled, id); err != nil {
		return fmt.Errorf("cancel order %s: %w", id, err)
	}
	return nil
}

// Order is one order; ErrUnknownOrder when there is none.
func (s *Store) Order(ctx context.Context, id string) (Order, error) {
	order, err := scan(s.db.QueryRowContext(ctx, "SELECT "+columns+" FROM orders WHERE id = $1", id))
	if errors.Is(err, sql.ErrNoRows) {
		return Order{}, ErrUnknownOrder
	}
	if err != nil {
		return Order{}, fmt.Errorf("read order %s: %w", id, err)
	}
	return order, nil
}

// Newest are the newest orders of a customer, or of all customers for "".
func (s *Store) Newest(ctx context.Context, customer string) ([]Order, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT "+columns+" FROM orders WHERE $1 = '' OR customer = $1 ORDER BY created_at DESC, id LIMIT $2", customer, listed)
	if err != nil {
		return nil, fmt.Errorf("list the orders: %w", err)
	}
	defer rows.Close()
	orders := []Order{}
	for rows.Next() {
		order, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read an order: %w", err)
		}
		orders = append(orders, order)
	}
	return orders, rows.Err()
}

func scan(row interface{ Scan(...any) error }) (Order, error) {
	var o Order
	var created string
	if err := row.Scan(&o.ID, &o.SKU, &o.Quantity, &o.Customer, &o.Status, &o.Reservation, &created); err != nil {
		return o, err
	}
	var err error
	if o.CreatedAt, err = time.Parse(moment, created); err != nil {
		return o, fmt.Errorf("the time of order %s: %w", o.ID, err)
	}
	return o, nil
}
