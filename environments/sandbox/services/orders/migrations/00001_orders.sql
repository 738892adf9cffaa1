-- +goose Up
-- What customers ordered. Plain types only, so that SQLite and Postgres both read this file.
CREATE TABLE orders (
    id         TEXT PRIMARY KEY,
    sku        TEXT NOT NULL,
    quantity   INTEGER NOT NULL CHECK (quantity > 0),
    customer   TEXT NOT NULL,
    status     TEXT NOT NULL,
    created_at TEXT NOT NULL -- RFC 3339, UTC, microseconds: sorts as text
);

CREATE INDEX orders_by_customer ON orders (customer, created_at);
