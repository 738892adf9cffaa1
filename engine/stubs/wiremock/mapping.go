// Package wiremock reads and matches WireMock's stub mappings, as far as Gantry declares to: what it does not know
// refuses the mapping, so that no stub ever matches more loosely than its author meant.
//
// Known of a request are method, url, urlPath, urlPattern, urlPathPattern, urlPathTemplate, pathParameters,
// queryParameters, headers and bodyPatterns; of the matchers equalTo, contains, doesNotContain, matches, doesNotMatch
// and absent, for bodies also equalToJson; of a response status, headers, body, jsonBody, base64Body, bodyFileName and
// fixedDelayMilliseconds.
package wiremock

import (
	"encoding/json"
	"net/http"
	"time"
)

// defaultPriority is the priority of a mapping that names none. 1 comes first.
const defaultPriority = 5

// Mapping is one stub: which requests it answers, and how.
type Mapping struct {
	File     string // where it was read: "mappings/get-item.json"
	ID       string
	Name     string
	Priority int
	Request  Request
	Response Response
	Metadata json.RawMessage
}

// Title is what people call the mapping: its name, else its file.
func (m Mapping) Title() string {
	if m.Name != "" {
		return m.Name
	}
	return m.File
}

// Request says which requests a mapping answers: those that meet every condition.
type Request struct {
	Method  string // "" is any
	Target  Target
	Path    map[string]Text // of the variables of a path template
	Query   map[string]Text
	Headers map[string]Text
	Body    []Body
}

// Response is what a mapping answers.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	File   string // below __files; "" when the body is Body
	Delay  time.Duration
}
