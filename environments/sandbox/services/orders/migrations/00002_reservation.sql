-- +goose Up
-- Which reservation at inventory belongs to the order. The default lets the version before, which does not know the
-- column, go on inserting rows: that is what makes this migration backward compatible.
ALTER TABLE orders ADD COLUMN reservation TEXT NOT NULL DEFAULT '';
