package stock

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// listed is how many reservations of an order are told at most.
const listed = 100

const reservationColumns = "id, sku, quantity, order_id, created_at"

// Reserve holds a quantity of an item. ErrUnknownItem and *Shortage say why not; nothing is held then.
func (s *Store) Reserve(ctx context.Context, wish Wish) (Reservation, error) {
	held := Reservation{ID: s.newID(), SKU: wish.SKU, Quantity: wish.Quantity, Order: wish.Order, CreatedAt: s.now().UTC().Truncate(time.Microsecond)}
	err := s.transaction(ctx, func(tx *sql.Tx) error {
		// One statement asks and takes, so that two buyers can never both get the last one.
		result, err := tx.ExecContext(ctx, "UPDATE items SET reserved = reserved + $1 WHERE sku = $2 AND on_hand - reserved >= $1", wish.Quantity, wish.SKU)
		if err != nil {
			return fmt.Errorf("take from the stock of %s: %w", wish.SKU, err)
		}
		if taken, err := result.RowsAffected(); err != nil {
			return fmt.Errorf("take from the stock of %s: %w", wish.SKU, err)
		} else if taken == 0 {
			return whyNot(ctx, tx, wish)
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO reservations ("+reservationColumns+") VALUES ($1, $2, $3, $4, $5)",
			held.ID, held.SKU, held.Quantity, held.Order, held.CreatedAt.Format(moment))
		if err != nil {
			return fmt.Errorf("keep the reservation: %w", err)
		}
		return nil
	})
	if err != nil {
		return Reservation{}, err
	}
	return held, nil
}

func whyNot(ctx context.Context, tx *sql.Tx, wish Wish) error {
	var available int
	err := tx.QueryRowContext(ctx, "SELECT on_hand - reserved FROM items WHERE sku = $1", wish.SKU).Scan(&available)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrUnknownItem
	}
	if err != nil {
		return fmt.Errorf("read the stock of %s: %w", wish.SKU, err)
	}
	return &Shortage{Requested: wish.Quantity, Available: available}
}

// Release gives back what a reservation held, and forgets it.
func (s *Store) Release(ctx context.Context, id string) error {
	return s.transaction(ctx, func(tx *sql.Tx) error {
		var sku string
		var quantity int
		err := tx.QueryRowContext(ctx, "DELETE FROM reservations WHERE id = $1 RETURNING sku, quantity", id).Scan(&sku, &quantity)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrUnknownReservation
		}
		if err != nil {
			return fmt.Errorf("release the reservation: %w", err)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE items SET reserved = reserved - $1 WHERE sku = $2", quantity, sku); err != nil {
			return fmt.Errorf("give back to the stock of %s: %w", sku, err)
		}
		return nil
	})
}

// Reservation is one reservation; ErrUnknownReservation when it is not held.
func (s *Store) Reservation(ctx context.Context, id string) (Reservation, error) {
	held, err := scanReservation(s.db.QueryRowContext(ctx, "SELECT "+reservationColumns+" FROM reservations WHERE id = $1", id))
	if errors.Is(err, sql.ErrNoRows) {
		return Reservation{}, ErrUnknownReservation
	}
	if err != nil {
		return Reservation{}, fmt.Errorf("read the reservation: %w", err)
	}
	return held, nil
}

// Reservations are what an order holds, oldest first.
func (s *Store) Reservations(ctx context.Context, order string) ([]Reservation, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT "+reservationColumns+" FROM reservations WHERE order_id = $1 ORDER BY created_at, id LIMIT $2", order, listed)
	if err != nil {
		return nil, fmt.Errorf("list the reservations of order %s: %w", order, err)
	}
	defer rows.Close()
	held := []Reservation{}
	for rows.Next() {
		r, err := scanReservation(rows)
		if err != nil {
			return nil, fmt.Errorf("read a reservation of order %s: %w", order, err)
		}
		held = append(held, r)
	}
	return held, rows.Err()
}

func scanReservation(row interface{ Scan(...any) error }) (Reservation, error) {
	var r Reservation
	var created string
	if err := row.Scan(&r.ID, &r.SKU, &r.Quantity, &r.Order, &created); err != nil {
		return r, err
	}
	var err error
	if r.CreatedAt, err = time.Parse(moment, created); err != nil {
		return r, fmt.Errorf("the time of reservation %s: %w", r.ID, err)
	}
	return r, nil
}
