package wiremock

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/stubs/jsondiff"
)

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}

func (d *decoder) request(at string, raw json.RawMessage) Request {
	var r Request
	for key, raw := range sorted(d.object(at, raw)) {
		here := at + "." + key
		switch key {
		case "method":
			r.Method = d.method(here, raw)
		case URL, URLPath, URLPattern, URLPathPattern, URLPathTemplate:
			if r.Target.Form != "" {
				d.fail(here, "stands beside %s: give one of them", r.Target.Form)
			}
			target, err := newTarget(key, d.text(here, raw))
			if err != nil {
				d.fail(here, "%v", err)
			}
			r.Target = target
		case "pathParameters":
			r.Path = d.texts(here, raw)
		case "queryParameters":
			r.Query = d.texts(here, raw)
		case "headers":
			r.Headers = d.texts(here, raw)
		case "bodyPatterns":
			for i, item := range d.array(here, raw) {
				r.Body = append(r.Body, d.condition(fmt.Sprintf("%s[%d]", here, i), item))
			}
		default:
			d.unknown(here)
		}
	}
	for name := range r.Path {
		if !slices.Contains(r.Target.names(), name) {
			d.fail(at+".pathParameters."+name, "is no variable of urlPathTemplate")
		}
	}
	return r
}

func (d *decoder) method(at string, raw json.RawMessage) string {
	method := d.text(at, raw)
	if method == "ANY" {
		return ""
	}
	if !slices.Contains(methods, method) {
		d.fail(at, "%q is none of %s, ANY", method, strings.Join(methods, ", "))
	}
	return method
}

func (d *decoder) texts(at string, raw json.RawMessage) map[string]Text {
	conditions := map[string]Text{}
	for name, raw := range sorted(d.object(at, raw)) {
		here := at + "." + name
		body := d.condition(here, raw)
		if body.Op == EqualToJSON {
			d.fail(here+".equalToJson", "is for bodies only")
		}
		conditions[name] = body.Text
	}
	return conditions
}

// condition reads one matcher and its options.
func (d *decoder) condition(at string, raw json.RawMessage) Body {
	var b Body
	fields := d.object(at, raw)
	for key, raw := range sorted(fields) {
		here := at + "." + key
		switch op := Op(key); op {
		case EqualTo, Contains, DoesNotContain, Matches, DoesNotMatch, Absent, EqualToJSON:
			if b.Op != "" {
				d.fail(here, "stands beside %s: give one matcher", b.Op)
			}
			b.Op = op
			d.operand(&b, here, raw)
		case "caseInsensitive":
			b.Fold = d.truth(here, raw)
			d.only(fields, here, EqualTo)
		case "ignoreArrayOrder":
			b.Options.IgnoreArrayOrder = d.truth(here, raw)
			d.only(fields, here, EqualToJSON)
		case "ignoreExtraElements":
			b.Options.IgnoreExtraElements = d.truth(here, raw)
			d.only(fields, here, EqualToJSON)
		default:
			d.unknown(here)
		}
	}
	if b.Op == "" {
		d.fail(at, "has no matcher")
	}
	return b
}

// only refuses an option beside a matcher that does not have it.
func (d *decoder) only(fields map[string]json.RawMessage, option string, op Op) {
	if _, ok := fields[string(op)]; !ok {
		d.fail(option, "is an option of %s only", op)
	}
}

func (d *decoder) operand(b *Body, at string, raw json.RawMessage) {
	switch b.Op {
	case Absent:
		if !d.truth(at, raw) {
			d.fail(at, "must be true")
		}
	case EqualToJSON:
		d.json(b, at, raw)
	case Matches, DoesNotMatch:
		b.Value = d.text(at, raw)
		pattern, err := compile(b.Value)
		if err != nil {
			d.fail(at, "%v", err)
		}
		b.pattern = pattern
	default:
		b.Value = d.text(at, raw)
	}
}

// json reads the operand of equalToJson: a JSON value, or a string that holds one.
func (d *decoder) json(b *Body, at string, raw json.RawMessage) {
	b.Value = string(raw)
	if len(raw) > 0 && raw[0] == '"' {
		b.Value = d.text(at, raw)
	}
	value, err := jsondiff.Parse([]byte(b.Value))
	if err != nil {
		d.fail(at, "is no JSON: %v", err)
	}
	// WireMock reads ${json-unit.ignore} and its like as wildcards.
	if strings.Contains(jsondiff.Canonical(value), "{json-unit.") {
		d.fail(at, "placeholders of json-unit are not known")
	}
	b.JSON = value
}
