package stubs

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gantry-cd/gantry/engine/stubs/jsondiff"
)

// Where a stub comes from.
const (
	recorded        = "recorded"
	contractExample = "contract-example"
)

// draft is a stub on its way: one distinct request and what it is answered.
type draft struct {
	operation *operation
	source    string
	request   Request
	query     map[string][]string // to be equal
	absent    []string            // query parameters that must not be there
	headers   map[string]string   // to be equal
	response  Response
	volatile  []string // JSON pointers into the response's body, sorted
}

// newDraft keeps of a request what a stub matches: its headers only where the contract names them, and no credentials.
func (c *contract) newDraft(o *operation, source string, e Exchange) *draft {
	d := &draft{operation: o, source: source, request: e.Request, response: e.Response, headers: map[string]string{}}
	keys := c.credentials("query")
	d.request.Query = dropQuery(e.Request.Query, func(name string) bool { return slices.Contains(keys, name) })
	d.query, _ = url.ParseQuery(d.request.Query) // what cannot be decoded is matched as it stands, see byURL
	secret := append(c.credentials("header"), never...)
	for _, name := range o.named("header") {
		name = http.CanonicalHeaderKey(name)
		value := e.Request.Header.Get(name)
		// OpenAPI itself ignores parameters of these two names.
		if value == "" || name == "Accept" || name == "Content-Type" || slices.ContainsFunc(secret, func(s string) bool { return strings.EqualFold(s, name) }) {
			continue
		}
		d.headers[name] = value
	}
	return d
}

// byURL says whether the query has to be matched as a text: a repeated parameter's matcher would be content with one of
// its values.
func (d *draft) byURL() bool {
	if _, err := url.ParseQuery(d.request.Query); err != nil {
		return true
	}
	for _, values := range d.query {
		if len(values) > 1 {
			return true
		}
	}
	return false
}

// key is the same for requests that a stub cannot tell apart.
func (d *draft) key() string {
	query := url.Values(d.query).Encode()
	if d.byURL() {
		query = d.request.Query
	}
	header := url.Values{}
	for name, value := range d.headers {
		header.Set(name, value)
	}
	body := strconv.Quote(string(d.request.Body.Bytes()))
	if value, ok := d.jsonBody(); ok {
		body = jsondiff.Canonical(value)
	}
	return strings.Join([]string{d.request.Method, d.request.Path, query, header.Encode(), body}, "\n")
}

// jsonBody is the request's body when it is JSON.
func (d *draft) jsonBody() (any, bool) {
	if d.request.Body.Text == "" || !isJSON(d.request.Header.Get("Content-Type")) {
		return nil, false
	}
	value, err := jsondiff.Parse([]byte(d.request.Body.Text))
	return value, err == nil
}

// title is what people call the stub.
func (d *draft) title() string {
	return fmt.Sprintf("%s → %d", d.request, d.response.Status)
}

// sameShape says whether two answers differ in nothing but values, and where these differ.
func sameShape(a, b Response) (values []jsondiff.Difference, same bool) {
	if a.Status != b.Status || !sameType(a.Header.Get("Content-Type"), b.Header.Get("Content-Type")) {
		return nil, false
	}
	if !isJSON(a.Header.Get("Content-Type")) {
		return nil, string(a.Body.Bytes()) == string(b.Body.Bytes())
	}
	x, errX := jsondiff.Parse(a.Body.Bytes())
	y, errY := jsondiff.Parse(b.Body.Bytes())
	if errX != nil || errY != nil {
		return nil, string(a.Body.Bytes()) == string(b.Body.Bytes())
	}
	for _, difference := range jsondiff.Differences(x, y) {
		if difference.Kind != jsondiff.Value {
			return nil, false
		}
		values = append(values, difference)
	}
	return values, true
}

func (d *draft) markVolatile(found []jsondiff.Difference) {
	for _, difference := range found {
		if !slices.Contains(d.volatile, difference.Pointer) {
			d.volatile = append(d.volatile, difference.Pointer)
		}
	}
	slices.Sort(d.volatile)
}
