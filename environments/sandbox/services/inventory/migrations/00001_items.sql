-- +goose Up
-- What is in stock. Plain types only, so that SQLite and Postgres both read this file.
CREATE TABLE items (
    sku      TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    on_hand  INTEGER NOT NULL CHECK (on_hand >= 0),
    reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0 AND reserved <= on_hand)
);

INSERT INTO items (sku, name, on_hand) VALUES
    ('anvil', 'Anvil, 50 kg', 500),
    ('lantern', 'Storm lantern', 800),
    ('rope', 'Hemp rope, 20 m', 5000);
