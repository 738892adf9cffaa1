package wiremock

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// The ways to name a URL. Paths are compared as they are sent, without decoding.
const (
	URL             = "url"             // path and query
	URLPath         = "urlPath"         // path only
	URLPattern      = "urlPattern"      // path and query, as a regular expression
	URLPathPattern  = "urlPathPattern"  // path only, as a regular expression
	URLPathTemplate = "urlPathTemplate" // path only, with {variables}
)

// Target is the condition on a request's URL. The zero Target is any URL.
type Target struct {
	Form    string
	Value   string
	pattern *regexp.Regexp
}

var variable = regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9_-]*)\}`)

func newTarget(form, value string) (Target, error) {
	t := Target{Form: form, Value: value}
	var err error
	switch form {
	case URLPattern, URLPathPattern:
		t.pattern, err = compile(value)
	case URLPathTemplate:
		t.pattern, err = compileTemplate(value)
	}
	return t, err
}

// compileTemplate makes every variable one segment, or a part of one.
func compileTemplate(template string) (*regexp.Regexp, error) {
	var b strings.Builder
	last := 0
	for _, at := range variable.FindAllStringIndex(template, -1) {
		b.WriteString(regexp.QuoteMeta(template[last:at[0]]) + `([^/]+)`)
		last = at[1]
	}
	b.WriteString(regexp.QuoteMeta(template[last:]))
	if rest := variable.ReplaceAllString(template, ""); strings.ContainsAny(rest, "{}*?") {
		return nil, errors.New("of templates only plain {variables} are known")
	}
	return regexp.Compile(`\A` + b.String() + `\z`)
}

// names are the variables of a template, in order.
func (t Target) names() []string {
	if t.Form != URLPathTemplate {
		return nil
	}
	var names []string
	for _, found := range variable.FindAllStringSubmatch(t.Value, -1) {
		names = append(names, found[1])
	}
	return names
}

// match says whether the target is the request's, and what the template's variables stand for.
func (t Target) match(c *Call) (map[string]string, bool) {
	switch t.Form {
	case URL:
		return nil, c.Target == t.Value
	case URLPath:
		return nil, c.path == t.Value
	case URLPattern:
		return nil, t.pattern.MatchString(c.Target)
	case URLPathPattern:
		return nil, t.pattern.MatchString(c.path)
	case URLPathTemplate:
		found := t.pattern.FindStringSubmatch(c.path)
		if found == nil {
			return nil, false
		}
		values := map[string]string{}
		for i, name := range t.names() {
			values[name] = found[i+1]
		}
		return values, true
	}
	return nil, true
}

// part says what of a request the target speaks of: its path, or its path and query.
func (t Target) part(c *Call) (name, got string) {
	if t.Form == URL || t.Form == URLPattern {
		return "url", c.Target
	}
	return "path", c.path
}

func (t Target) String() string {
	switch t.Form {
	case "":
		return "any"
	case URLPattern, URLPathPattern:
		return fmt.Sprintf("matches %q", t.Value)
	}
	return t.Value
}
