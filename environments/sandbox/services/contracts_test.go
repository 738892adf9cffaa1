// Package services_test holds what the samples promise together: that each contract describes its service.
package services_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox/services/inventory/inventorytest"
	"github.com/gantry-cd/gantry/environments/sandbox/services/orders/orderstest"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// described checks every exchange of one service against its contract.
type described struct {
	t        *testing.T
	base     string
	router   routers.Router
	document *openapi3.T
	seen     map[string]bool // "GET /items 200"
}

func describe(t *testing.T, file, base string) *described {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(context.Background()); err != nil {
		t.Fatalf("%s, its examples included: %v", file, err)
	}
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	return &described{t, base, router, document, map[string]bool{}}
}

// ask sends a request; the answer must have the status, and be as the contract says.
func (d *described) ask(method, target, body string, status int) http.Header {
	d.t.Helper()
	request := httptest.NewRequest(method, target, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	sent, err := http.NewRequest(method, d.base+target, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	if body == "text" {
		sent.Header.Set("Content-Type", "text/plain")
	} else {
		sent.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(sent)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	if response.StatusCode != status {
		d.t.Fatalf("%s %s answers %s, want %d: %s", method, target, response.Status, status, answer)
	}
	route, parameters, err := d.router.FindRoute(request)
	if err != nil {
		d.t.Fatalf("%s %s is not in the contract: %v", method, target, err)
	}
	input := &openapi3filter.RequestValidationInput{Request: request, PathParams: parameters, Route: route}
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil && status < 400 {
		d.t.Errorf("the contract forbids what the service takes: %s %s %s: %v", method, target, body, err)
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: status, Header: response.Header, Body: io.NopCloser(bytes.NewReader(answer)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		d.t.Errorf("%s %s answers what the contract does not: %v", method, target, err)
	}
	d.seen[method+" "+route.Path+" "+response.Status[:3]] = true
	return response.Header
}

// complete demands that every documented answer was seen, apart from those that cannot be had here.
func (d *described) complete(apart ...string) {
	d.t.Helper()
	for _, out := range apart {
		d.seen[out] = true
	}
	for path, item := range d.document.Paths.Map() {
		for method, operation := range item.Operations() {
			for status := range operation.Responses.Map() {
				if what := method + " " + path + " " + status; !d.seen[what] {
					d.t.Errorf("the contract documents %s, and it never happened", what)
				}
			}
		}
	}
}

// proxy stands before a service, so that it can go away.
func proxy(t *testing.T, base string) http.Handler {
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return httputil.NewSingleHostReverseProxy(u)
}

var huge = `{"sku":"` + strings.Repeat("a", 70_000) + `"}`

func TestIntegrationTheContractOfInventoryDescribesIt(t *testing.T) {
	d := describe(t, "inventory/openapi.yaml", inventorytest.Start(t))
	d.ask("GET", "/healthz", "", 200)
	d.ask("GET", "/items", "", 200)
	d.ask("GET", "/items/anvil", "", 200)
	d.ask("GET", "/items/unobtainium", "", 404)
	held := d.ask("POST", "/reservations", `{"sku":"anvil","quantity":2,"order":"o-1"}`, 201).Get("Location")
	d.ask("GET", "/reservations?order=o-1", "", 200)
	d.ask("GET", "/reservations?order=", "", 400)
	d.ask("GET", held, "", 200)
	d.ask("DELETE", held, "", 204)
	d.ask("DELETE", held, "", 404)
	d.ask("GET", held, "", 404)
	d.ask("POST", "/reservations", `{"sku":"anvil","quantity":0,"order":"o-1"}`, 400)
	d.ask("POST", "/reservations", `{"sku":"unobtainium","quantity":2,"order":"o-1"}`, 404)
	d.ask("POST", "/reservations", `{"sku":"anvil","quantity":100000,"order":"o-1"}`, 409)
	d.ask("POST", "/reservations", huge, 413)
	d.ask("POST", "/reservations", "text", 415)
	d.complete("GET /healthz 503")
}

func TestIntegrationTheContractOfOrdersDescribesIt(t *testing.T) {
	inventory := httptest.NewServer(proxy(t, inventorytest.Start(t)))
	defer inventory.Close()
	d := describe(t, "orders/openapi.yaml", orderstest.Start(t, inventory.URL))
	d.ask("GET", "/healthz", "", 200)
	order := `{"sku":"anvil","quantity":2,"customer":"ada"}`
	placed := d.ask("POST", "/orders", order, 201).Get("Location")
	second := d.ask("POST", "/orders", order, 201).Get("Location")
	d.ask("GET", "/orders", "", 200)
	d.ask("GET", "/orders?customer=ada", "", 200)
	d.ask("GET", "/orders?customer=%27", "", 400)
	d.ask("GET", placed, "", 200)
	d.ask("DELETE", placed, "", 200)
	d.ask("GET", "/orders/o-none", "", 404)
	d.ask("DELETE", "/orders/o-none", "", 404)
	d.ask("POST", "/orders", `{"sku":"anvil","quantity":2}`, 400)
	d.ask("POST", "/orders", `{"sku":"anvil","quantity":100000,"customer":"ada"}`, 409)
	d.ask("POST", "/orders", `{"sku":"unobtainium","quantity":2,"customer":"ada"}`, 422)
	d.ask("POST", "/orders", huge, 413)
	d.ask("POST", "/orders", "text", 415)
	inventory.Close()
	d.ask("POST", "/orders", order, 503)
	d.ask("DELETE", second, "", 503)
	d.complete("GET /healthz 503")
}
