package migrations

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestMigrationsThatTakeSomethingAwayAreFoundByTheirMark(t *testing.T) {
	dir := fstest.MapFS{
		"00001_items.sql":      {Data: []byte("-- +goose Up\n-- expands: no gantry:contract here\nCREATE TABLE items (id TEXT);\n")},
		"00002_drop_price.sql": {Data: []byte("-- +goose Up\n--gantry:contract: since 1.9.0 nobody reads it\nALTER TABLE items DROP COLUMN price;\n")},
		"00003_rename.sql":     {Data: []byte("INSERT INTO items VALUES ('" + strings.Repeat("x", 1<<20) + "');\r\n  -- gantry: contract\r\n")},
		"00004_not.sql":        {Data: []byte("-- gantry:contractual\n")},
		"README.md":            {Data: []byte("-- gantry:contract")},
	}
	got, err := Contracts(dir)
	if err != nil || !slices.Equal(got, []string{"00002_drop_price.sql", "00003_rename.sql"}) {
		t.Errorf("got %v, %v", got, err)
	}
}
