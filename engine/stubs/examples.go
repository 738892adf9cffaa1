package stubs

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// addExamples adds the contract's own examples, where a path or query parameter and the response have one of the same
// name: only then is it said which request gets which answer. What was recorded comes first.
func (g *generator) addExamples(ctx context.Context) error {
	paths := g.contract.document.Paths
	for _, path := range slices.Sorted(maps.Keys(paths.Map())) {
		item := paths.Value(path)
		for _, method := range slices.Sorted(maps.Keys(item.Operations())) {
			if err := g.addExamplesOf(ctx, path, method, item); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *generator) addExamplesOf(ctx context.Context, path, method string, item *openapi3.PathItem) error {
	o := item.Operations()[method]
	answers := namedAnswers(o)
	for _, name := range slices.Sorted(maps.Keys(answers)) {
		request, ok := exampleRequest(path, method, name, parametersOf(item, o), o.RequestBody)
		if !ok {
			continue
		}
		if len(answers[name]) > 1 {
			g.warn("%s %s: the contract's example %q stands at several responses: not stubbed", method, path, name)
			continue
		}
		if err := g.addExample(ctx, name, Exchange{request, answers[name][0]}); err != nil {
			return err
		}
	}
	return nil
}

func (g *generator) addExample(ctx context.Context, name string, e Exchange) error {
	found, err := g.contract.route(ctx, e.Request)
	if err != nil {
		g.warn("%s: the contract's example %q belongs to another route: not stubbed", e.Request, name)
		return nil
	}
	if why := found.conforms(ctx, e.Response); why != "" {
		g.warn("%s: the contract's example %q breaks the contract itself: %s: not stubbed", e.Request, name, why)
		return nil
	}
	d := g.contract.newDraft(found, contractExample, e)
	if _, ok := g.drafts[d.key()]; !ok {
		g.drafts[d.key()] = d
	}
	return nil
}

// namedAnswers are an operation's response examples by name. JSON only, and no outages.
func namedAnswers(o *openapi3.Operation) map[string][]Response {
	answers := map[string][]Response{}
	responses := o.Responses.Map()
	for _, code := range slices.Sorted(maps.Keys(responses)) {
		status, err := strconv.Atoi(code)
		if err != nil || status >= 500 || responses[code].Value == nil {
			continue
		}
		content := responses[code].Value.Content
		for _, contentType := range slices.Sorted(maps.Keys(content)) {
			if !isJSON(contentType) {
				continue
			}
			for name, example := range content[contentType].Examples {
				body, err := json.Marshal(valueOf(example))
				if err != nil || example.Value == nil || example.Value.ExternalValue != "" {
					continue
				}
				header := http.Header{"Content-Type": {contentType}}
				answers[name] = append(answers[name], Response{Status: status, Header: header, Body: newBody(body, false)})
			}
		}
	}
	return answers
}

func valueOf(example *openapi3.ExampleRef) any {
	if example == nil || example.Value == nil {
		return nil
	}
	return example.Value.Value
}

// exampleRequest is the request that the parameters' examples of a name make; false when one that is needed has none.
func exampleRequest(path, method, name string, parameters openapi3.Parameters, body *openapi3.RequestBodyRef) (Request, bool) {
	request := Request{Method: method, Path: path, Header: http.Header{}}
	query, named := url.Values{}, false
	for _, p := range parameters {
		value, ok := plain(valueOf(p.Value.Examples[name]))
		switch in := p.Value.In; {
		case !ok && (p.Value.Required || in == "path"):
			return Request{}, false
		case !ok:
		case in == "path":
			request.Path = strings.ReplaceAll(request.Path, "{"+p.Value.Name+"}", url.PathEscape(value))
			named = true
		case in == "query":
			query.Set(p.Value.Name, value)
			named = true
		case in == "header":
			request.Header.Set(p.Value.Name, value)
		}
	}
	request.Query = query.Encode()
	return request, named && exampleBody(&request, name, body)
}

// exampleBody adds the request's body; false when it needs one and the contract has no example of that name.
func exampleBody(request *Request, name string, body *openapi3.RequestBodyRef) bool {
	if body == nil || body.Value == nil {
		return true
	}
	for _, contentType := range slices.Sorted(maps.Keys(body.Value.Content)) {
		value := valueOf(body.Value.Content[contentType].Examples[name])
		text, err := json.Marshal(value)
		if value == nil || err != nil || !isJSON(contentType) {
			continue
		}
		request.Header.Set("Content-Type", contentType)
		request.Body = newBody(text, false)
		return true
	}
	return !body.Value.Required
}

// plain is a parameter's value as it is sent. Lists and objects are left: how they are sent depends on their style.
func plain(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, v != ""
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case int, int64, uint64, json.Number:
		return fmt.Sprint(v), true
	}
	return "", false
}
