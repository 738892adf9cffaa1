package wiremock

import (
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/gantry-cd/gantry/engine/stubs/jsondiff"
)

// Call is one request, read and ready to be matched.
type Call struct {
	Method string
	Target string // path and query as sent
	Header http.Header
	Body   []byte

	path  string
	query map[string][]string
	json  func() (any, error)
}

// NewCall prepares a request for matching. target is path and query, as they stand in the request's first line.
func NewCall(method, target string, header http.Header, body []byte) *Call {
	if at := strings.Index(target, "://"); at > 0 { // a proxy's form
		_, rest, _ := strings.Cut(target[at+3:], "/")
		target = "/" + rest
	}
	path, query, _ := strings.Cut(target, "?")
	return &Call{
		Method: method, Target: target, Header: header, Body: body,
		path: path, query: parseQuery(query),
		json: sync.OnceValues(func() (any, error) { return jsondiff.Parse(body) }),
	}
}

// parseQuery keeps what cannot be decoded as it was sent, so that nothing a client sends is lost on the way to a stub.
func parseQuery(query string) map[string][]string {
	values := map[string][]string{}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescape(name), unescape(value)
		values[name] = append(values[name], value)
	}
	return values
}

func unescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}
