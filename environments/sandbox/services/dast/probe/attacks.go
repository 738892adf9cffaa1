package probe

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/environments/sandbox/services/dast/contract"
)

// bodies sends what the contract does not describe: every one of them must be refused.
func (s *session) bodies(ctx context.Context, o contract.Operation) error {
	if o.Body == nil {
		return nil
	}
	good := encoded(o.Body)
	attacks := map[string]string{
		"with half a JSON object":       good[:len(good)-1],
		"with text instead of JSON":     "not JSON",
		"with an array instead":         "[" + good + "]",
		"with null":                     "null",
		"with a second object after it": good + good,
		"with a field nobody knows":     encoded(with(o.Body, "dast_unknown", true)),
		"with deep nesting":             strings.Repeat(`{"a":`, 5_000) + "1" + strings.Repeat("}", 5_000),
	}
	for field, value := range o.Body {
		wrong := any([]any{map[string]any{}})
		attacks["with an array in "+field] = encoded(with(o.Body, field, wrong))
		if _, isText := value.(string); !isText {
			attacks["with text in "+field] = encoded(with(o.Body, field, "text"))
			attacks["with a huge number in "+field] = strings.Replace(encoded(with(o.Body, field, "@")), `"@"`, "1e400", 1)
			attacks["with a negative number in "+field] = encoded(with(o.Body, field, -1))
		} else {
			attacks["with a number in "+field] = encoded(with(o.Body, field, 1))
		}
	}
	for _, what := range slices.Sorted(maps.Keys(attacks)) {
		if err := s.mustRefuse(ctx, LaxInput, request{operation: o, what: what, body: attacks[what], hostile: true}); err != nil {
			return err
		}
	}
	return s.mustRefuse(ctx, LaxInput, request{operation: o, what: "with a body that calls itself text", body: good, hostile: true,
		header: map[string]string{"Content-Type": "text/plain"}})
}

// sizes sends more than anybody needs.
func (s *session) sizes(ctx context.Context, o contract.Operation) error {
	if o.Body != nil {
		padded := encoded(o.Body) + strings.Repeat(" ", 4<<20)
		if err := s.mustRefuse(ctx, LargeBody, request{operation: o, what: "with a body of 4 MiB", body: padded, hostile: true}); err != nil {
			return err
		}
	}
	return s.mustRefuse(ctx, LargeHeader, request{operation: o, what: "with a header of 128 KiB", body: encoded(o.Body), hostile: true,
		header: map[string]string{"X-Large": strings.Repeat("x", 128<<10)}})
}

// traversal climbs out of every documented path, plainly and encoded.
func (s *session) traversal(ctx context.Context, o contract.Operation) error {
	first, _, _ := strings.Cut(strings.TrimPrefix(o.Path, "/"), "/")
	for _, climb := range []string{"/../../../../../etc/passwd", "/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5c..%5cwindows%5cwin.ini", "/....//....//etc/passwd", "/%252e%252e%252fetc%252fpasswd"} {
		r := request{operation: o, what: "asked for " + climb, target: "/" + first + climb, hostile: true}
		if err := s.mustRefuse(ctx, Traversal, r); err != nil {
			return err
		}
	}
	return nil
}

// injections are strings that become more than data where code is careless.
var injections = []string{
	"' OR '1'='1", "1'; DROP TABLE items; --", `" OR ""="`, "1 UNION SELECT 1,2,3", "<script>alert(1)</script>",
	"{{7*7}}", "${jndi:ldap://127.0.0.1/a}", "$(id)", "x\r\nX-Injected: yes", "nul\x00byte", strings.Repeat("A", 4_000),
}

// injection puts the strings wherever the contract takes input. A path that names nothing must not be found; a query
// may be answered, and a body refused, as long as the string stays data.
func (s *session) injection(ctx context.Context, o contract.Operation) error {
	for _, text := range injections {
		for _, p := range o.Parameters {
			r := request{operation: o, what: fmt.Sprintf("with %.24q in %s", text, p.Name), body: encoded(o.Body), hostile: true,
				target: o.Target(map[string]string{p.Name: text})}
			a, err := s.send(ctx, r)
			if err != nil {
				return err
			}
			s.hardened(r, a)
			if s.echoed(r, a, text); p.In == "path" && a.accepted() {
				s.add(Injection, o, fmt.Sprintf("%s, the service answers %d, as if it existed", r.what, a.status))
			}
		}
		for field, value := range o.Body {
			if _, isText := value.(string); !isText {
				continue
			}
			r := request{operation: o, what: fmt.Sprintf("with %.24q in %s", text, field), body: encoded(with(o.Body, field, text)), hostile: true}
			a, err := s.send(ctx, r)
			if err != nil {
				return err
			}
			s.echoed(r, a, text)
		}
	}
	return nil
}

// echoed looks for a string that came back as markup or as a header.
func (s *session) echoed(r request, a answer, text string) {
	if strings.HasPrefix(text, "<") && strings.Contains(a.body, text) && !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		s.add(Injection, r.operation, r.what+", it comes back as markup")
	}
	if a.header.Get("X-Injected") != "" {
		s.add(Injection, r.operation, r.what+", it comes back as a header")
	}
}

func (s *session) mustRefuse(ctx context.Context, rule Rule, r request) error {
	a, err := s.send(ctx, r)
	if err != nil {
		return err
	}
	if !strings.Contains(r.what, "header") { // too large a header is refused before any code of the service's runs
		s.hardened(r, a)
	}
	if a.accepted() {
		target := r.target
		if target == "" {
			target = r.operation.Target(nil)
		}
		if plain, err := url.PathUnescape(target); err == nil {
			target = plain
		}
		s.add(rule, r.operation, fmt.Sprintf("%s, %s is answered with %d", r.what, target, a.status))
	}
	return nil
}
