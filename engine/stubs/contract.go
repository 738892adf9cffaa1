package stubs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// contract is a service's OpenAPI document, ready to say which operation a request is and whether an answer conforms.
type contract struct {
	text     []byte
	document *openapi3.T
	router   routers.Router
}

// errUndocumented says that the contract knows no such route.
var errUndocumented = errors.New("the contract does not document it")

func readContract(ctx context.Context, text []byte) (*contract, error) {
	loader := openapi3.NewLoader() // external references stay refused: a bundle must stand alone
	loader.Context = ctx
	document, err := loader.LoadFromData(text)
	if err != nil {
		return nil, refuse("the contract cannot be read as OpenAPI 3: %s", firstLine(err))
	}
	if err := document.Validate(ctx, openapi3.DisableExamplesValidation()); err != nil {
		return nil, refuse("the contract is no valid OpenAPI 3: %s", firstLine(err))
	}
	document.Servers = hostless(document.Servers)
	for _, item := range document.Paths.Map() {
		item.Servers = nil
	}
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		return nil, refuse("the contract's paths cannot be routed: %s", firstLine(err))
	}
	return &contract{text: text, document: document, router: router}, nil
}

// hostless keeps the paths of the declared servers only: the service answers at an address of its own here. The bare
// root comes last, for a service whose prefix is added by a gateway.
func hostless(servers openapi3.Servers) openapi3.Servers {
	var paths []string
	for _, server := range servers {
		address := server.URL
		for name, variable := range server.Variables {
			address = strings.ReplaceAll(address, "{"+name+"}", variable.Default)
		}
		if parsed, err := url.Parse(address); err == nil {
			paths = append(paths, strings.TrimSuffix(parsed.Path, "/"))
		}
	}
	var kept openapi3.Servers
	for i, path := range append(paths, "") {
		if !slices.Contains(paths[:min(i, len(paths))], path) {
			kept = append(kept, &openapi3.Server{URL: path + "/"})
		}
	}
	return kept
}

func (c *contract) sum() string {
	sum := sha256.Sum256(c.text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// operation is one operation of the contract, and the request that was found to be one.
type operation struct {
	route      *routers.Route
	variables  map[string]string
	request    *http.Request
	parameters openapi3.Parameters
}

// route finds the operation that a request is; errUndocumented when there is none. HEAD belongs to GET.
func (c *contract) route(ctx context.Context, r Request) (*operation, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, "http://service"+r.Target(), nil)
	if err != nil {
		return nil, fmt.Errorf("read the recorded request %s: %w", r, err)
	}
	route, variables, err := c.router.FindRoute(request)
	if errors.Is(err, routers.ErrMethodNotAllowed) && r.Method == http.MethodHead {
		asGet := request.Clone(ctx)
		asGet.Method = http.MethodGet
		route, variables, err = c.router.FindRoute(asGet)
	}
	if err != nil {
		return nil, errUndocumented
	}
	return &operation{route, variables, request, parametersOf(route.PathItem, route.Operation)}, nil
}

// parametersOf are an operation's parameters with those of its path, which it may override.
func parametersOf(item *openapi3.PathItem, o *openapi3.Operation) openapi3.Parameters {
	var all openapi3.Parameters
	for _, p := range slices.Concat(o.Parameters, item.Parameters) {
		if p.Value != nil && all.GetByInAndName(p.Value.In, p.Value.Name) == nil {
			all = append(all, p)
		}
	}
	return all
}

// name is the operation as people write it: "GET /items/{sku}".
func (o *operation) name() string { return o.route.Method + " " + o.route.Path }

// named are the names of the parameters in a place: "query", "header".
func (o *operation) named(in string) []string {
	var names []string
	for _, p := range o.parameters {
		if p.Value.In == in {
			names = append(names, p.Value.Name)
		}
	}
	return names
}

// credentials are the names of API keys in a place, which are never matched.
func (c *contract) credentials(in string) []string {
	var names []string
	if c.document.Components == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(c.document.Components.SecuritySchemes)) {
		scheme := c.document.Components.SecuritySchemes[name]
		if scheme.Value != nil && scheme.Value.Type == "apiKey" && scheme.Value.In == in {
			names = append(names, scheme.Value.Name)
		}
	}
	return names
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimSpace(line)
}
