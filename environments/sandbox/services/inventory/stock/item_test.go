package stock

import (
	"errors"
	"strings"
	"testing"
)

func TestAWishIsCheckedFieldByField(t *testing.T) {
	for name, c := range map[string]struct {
		wish  Wish
		field string
	}{
		"a good one":           {Wish{"anvil", 1, "o-1"}, ""},
		"the most":             {Wish{"anvil", MaxQuantity, "o-1"}, ""},
		"no sku":               {Wish{"", 1, "o-1"}, "sku"},
		"a sku that climbs":    {Wish{"../anvil", 1, "o-1"}, "sku"},
		"a sku in SQL":         {Wish{"a' OR '1'='1", 1, "o-1"}, "sku"},
		"nothing":              {Wish{"anvil", 0, "o-1"}, "quantity"},
		"less than nothing":    {Wish{"anvil", -1, "o-1"}, "quantity"},
		"too much":             {Wish{"anvil", MaxQuantity + 1, "o-1"}, "quantity"},
		"nobody's order":       {Wish{"anvil", 1, ""}, "order"},
		"an order in lines":    {Wish{"anvil", 1, "o-1\nx"}, "order"},
		"an order of no end":   {Wish{"anvil", 1, strings.Repeat("o", 101)}, "order"},
		"a sku with a newline": {Wish{"anvil\n", 1, "o-1"}, "sku"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.wish.Check()
			var invalid *Invalid
			if errors.As(err, &invalid); c.field == "" && err != nil || c.field != "" && (invalid == nil || invalid.Field != c.field) {
				t.Errorf("%+v: %v, want field %q", c.wish, err, c.field)
			}
		})
	}
}
