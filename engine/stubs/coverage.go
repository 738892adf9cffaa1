package stubs

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Coverage says how much of the contract the stubs show: operations times documented statuses, the server's own
// failures (5xx) aside, which are never stubbed.
type Coverage struct {
	Covered    int                 `json:"covered"`
	Documented int                 `json:"documented"`
	Operations []OperationCoverage `json:"operations"`
}

// OperationCoverage is how many stubs show each documented status of one operation.
type OperationCoverage struct {
	Operation string         `json:"operation"` // "GET /items/{sku}"
	Statuses  map[string]int `json:"statuses"`  // "200" → stubs
}

func (c *contract) coverage(drafts []*draft) Coverage {
	var coverage Coverage
	for _, path := range slices.Sorted(maps.Keys(c.document.Paths.Map())) {
		operations := c.document.Paths.Value(path).Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			o := OperationCoverage{Operation: method + " " + path, Statuses: map[string]int{}}
			for code := range operations[method].Responses.Map() {
				if !strings.HasPrefix(code, "5") {
					o.Statuses[code] = 0
				}
			}
			for _, d := range drafts {
				if d.operation.name() == o.Operation && d.request.Method == method {
					o.Statuses[documentedCode(operations[method].Responses, d.response.Status)]++
				}
			}
			for _, stubs := range o.Statuses {
				coverage.Documented++
				if stubs > 0 {
					coverage.Covered++
				}
			}
			coverage.Operations = append(coverage.Operations, o)
		}
	}
	return coverage
}

// documentedCode is the name under which the contract documents a status: "404", "4XX" or "default".
func documentedCode(responses *openapi3.Responses, status int) string {
	code := strconv.Itoa(status)
	for _, name := range []string{code, code[:1] + "XX"} {
		if responses.Value(name) != nil {
			return name
		}
	}
	return "default"
}
