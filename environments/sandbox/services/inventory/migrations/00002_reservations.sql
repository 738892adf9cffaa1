-- +goose Up
-- Who has put what aside. A version of the service that knows nothing of this table works on.
CREATE TABLE reservations (
    id         TEXT PRIMARY KEY,
    sku        TEXT NOT NULL REFERENCES items (sku),
    quantity   INTEGER NOT NULL CHECK (quantity > 0),
    order_id   TEXT NOT NULL,
    created_at TEXT NOT NULL -- RFC 3339, UTC, microseconds: sorts as text
);

CREATE INDEX reservations_by_order ON reservations (order_id, created_at);
