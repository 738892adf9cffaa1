package inventory

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

func answering(t *testing.T, status int, body string) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	c, err := New(server.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnAnswerNobodyKnowsMeansThatInventoryIsUnavailable(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
	}{
		"a failure":                   {500, `{"error":{"code":"internal"}}`},
		"a page of some proxy":        {200, `<html>`},
		"not found without a code":    {404, `404 page not found`},
		"a conflict of another kind":  {409, `{"error":{"code":"locked"}}`},
		"elsewhere":                   {302, ``},
		"a reservation without an id": {201, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := answering(t, c.status, c.body).Reserve(context.Background(), "anvil", 1, "o-1")
			var away *Unavailable
			if !errors.As(err, &away) {
				t.Errorf("want it unavailable, got %v", err)
			}
		})
	}
}

func TestAnInventoryThatIsDownIsUnavailable(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	c, err := New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	var away *Unavailable
	if _, err := c.Item(context.Background(), "anvil"); !errors.As(err, &away) {
		t.Errorf("want it unavailable, got %v", err)
	}
}

func TestARefusalIsKnownByItsCode(t *testing.T) {
	ctx := context.Background()
	if _, err := answering(t, 404, `{"error":{"code":"unknown_sku"}}`).Item(ctx, "anvil"); !errors.Is(err, ErrUnknownItem) {
		t.Errorf("unknown sku: %v", err)
	}
	if err := answering(t, 404, `{"error":{"code":"unknown_reservation"}}`).Release(ctx, "r-1"); !errors.Is(err, ErrUnknownReservation) {
		t.Errorf("unknown reservation: %v", err)
	}
	var short *OutOfStock
	_, err := answering(t, 409, `{"error":{"code":"out_of_stock","details":{"available":4}}}`).Reserve(ctx, "anvil", 9, "o-1")
	if !errors.As(err, &short) || short.Available != 4 {
		t.Errorf("out of stock: %v", err)
	}
}

func TestAnAddressThatIsNoneIsRefused(t *testing.T) {
	for _, bad := range []string{"", "127.0.0.1:8081", "ftp://host", "http://"} {
		if _, err := New(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
