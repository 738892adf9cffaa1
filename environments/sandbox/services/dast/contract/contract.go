// Package contract reads from an OpenAPI document what a probe can ask of a service.
package contract

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/oasdiff/yaml3"
)

// Operation is one documented operation.
type Operation struct {
	Method     string // upper case
	Path       string // as documented: "/items/{sku}"
	Line       int    // where the document describes it
	Parameters []Parameter
	Body       map[string]any // the example of its JSON body; nil when it takes none
}

// Parameter is a parameter in the path or the query.
type Parameter struct {
	Name, In, Example string
}

// Target is the operation's path and query, filled with the examples, and with replaced values where there are any.
func (o Operation) Target(replaced map[string]string) string {
	path, query := o.Path, url.Values{}
	for _, p := range o.Parameters {
		value, ok := replaced[p.Name]
		if !ok {
			value = p.Example
		}
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(value))
		case "query":
			query.Set(p.Name, value)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// document is the part of OpenAPI that is read here. Yaml nodes keep their lines.
type document struct {
	Paths map[string]map[string]yaml.Node `yaml:"paths"`
}

type operation struct {
	Parameters  []parameter `yaml:"parameters"`
	RequestBody struct {
		Content map[string]struct {
			Example map[string]any `yaml:"example"`
		} `yaml:"content"`
	} `yaml:"requestBody"`
}

type parameter struct {
	Name    string `yaml:"name"`
	In      string `yaml:"in"`
	Example string `yaml:"example"`
}

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// Read reads every operation, in the document's order. A parameter without an example is filled with "1".
func Read(text []byte) ([]Operation, error) {
	var d document
	if err := yaml.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	var operations []Operation
	for path, item := range d.Paths {
		var shared []parameter
		if node, ok := item["parameters"]; ok {
			if err := node.Decode(&shared); err != nil {
				return nil, fmt.Errorf("read the parameters of %s: %w", path, err)
			}
		}
		for _, method := range methods {
			node, ok := item[method]
			if !ok {
				continue
			}
			o, err := read(strings.ToUpper(method), path, node, shared)
			if err != nil {
				return nil, err
			}
			operations = append(operations, o)
		}
	}
	if len(operations) == 0 {
		return nil, fmt.Errorf("the OpenAPI document has no operations: there is nothing to probe")
	}
	slices.SortFunc(operations, func(a, b Operation) int { return a.Line - b.Line })
	return operations, nil
}

func read(method, path string, node yaml.Node, shared []parameter) (Operation, error) {
	var spec operation
	if err := node.Decode(&spec); err != nil {
		return Operation{}, fmt.Errorf("line %d: read %s %s: %w", node.Line, method, path, err)
	}
	o := Operation{Method: method, Path: path, Line: node.Line - 1} // the node begins below its name
	for _, p := range append(shared, spec.Parameters...) {
		if p.Example == "" {
			p.Example = "1"
		}
		o.Parameters = append(o.Parameters, Parameter(p))
	}
	if media, ok := spec.RequestBody.Content["application/json"]; ok {
		if media.Example == nil {
			return Operation{}, fmt.Errorf("line %d: %s %s takes a JSON body and has no example to begin with: give it one", node.Line, method, path)
		}
		if _, err := json.Marshal(media.Example); err != nil {
			return Operation{}, fmt.Errorf("line %d: the example of %s %s is not JSON: %w", node.Line, method, path, err)
		}
		o.Body = media.Example
	}
	return o, nil
}
