// Package inventory is orders' client of the inventory service: all that orders knows of it. The contract tests call
// inventory's stub through this very code.
package inventory

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	timeout   = 3 * time.Second // one call; a slow inventory is as good as none
	maxAnswer = 1 << 20
)

// Client calls one inventory.
type Client struct {
	base string
	http *http.Client
}

// New is a client of the inventory at a base URL.
func New(base string) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("INVENTORY_URL is %q: give inventory's address, as http://127.0.0.1:8081", base)
	}
	return &Client{base: strings.TrimSuffix(base, "/"), http: &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Item is what orders reads of an item; inventory may tell more.
type Item struct {
	SKU       string `json:"sku"`
	Available int    `json:"available"`
}

// Reservation is what orders reads of a reservation.
type Reservation struct {
	ID       string `json:"id"`
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Order    string `json:"order"`
}

// Item asks for an item; ErrUnknownItem when there is none of that sku.
func (c *Client) Item(ctx context.Context, sku string) (Item, error) {
	var item Item
	err := c.call(ctx, http.MethodGet, "/items/"+url.PathEscape(sku), nil, http.StatusOK, &item)
	return item, err
}

// Reserve holds a quantity of an item for an order. ErrUnknownItem and *OutOfStock say why not.
func (c *Client) Reserve(ctx context.Context, sku string, quantity int, order string) (Reservation, error) {
	var held Reservation
	wish := map[string]any{"sku": sku, "quantity": quantity, "order": order}
	err := c.call(ctx, http.MethodPost, "/reservations", wish, http.StatusCreated, &held)
	if err == nil && held.ID == "" {
		err = &Unavailable{fmt.Errorf("inventory made a reservation without an id")}
	}
	return held, err
}

// Release gives a reservation back; ErrUnknownReservation when it is not held (any more).
func (c *Client) Release(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "/reservations/"+url.PathEscape(id), nil, http.StatusNoContent, nil)
}

// call sends one request. Any answer that is neither the wanted status nor a known refusal means that inventory cannot
// be relied on now.
func (c *Client) call(ctx context.Context, method, path string, body any, status int, into any) error {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode the request to inventory: %w", err)
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return fmt.Errorf("make the request to inventory: %w", err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return &Unavailable{err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return &Unavailable{fmt.Errorf("read the answer to %s %s: %w", method, path, err)}
	}
	if response.StatusCode != status {
		return refusal(method, path, response.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return &Unavailable{fmt.Errorf("understand the answer to %s %s: %w", method, path, err)}
	}
	return nil
}
