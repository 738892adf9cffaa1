package wiremock

import (
	"net/url"
)

// Exact is the one request that a mapping answers, its body aside: target is path and query. ok is false when the
// mapping answers several, so that there is no such request.
func (r Request) Exact() (target string, headers map[string]string, ok bool) {
	if r.Target.Form != URL && r.Target.Form != URLPath {
		return "", nil, false
	}
	query := url.Values{}
	for name, condition := range r.Query {
		switch condition.Op {
		case EqualTo:
			query.Set(name, condition.Value)
		case Absent:
		default:
			return "", nil, false
		}
	}
	headers = map[string]string{}
	for name, condition := range r.Headers {
		switch condition.Op {
		case EqualTo:
			headers[name] = condition.Value
		case Absent:
		default:
			return "", nil, false
		}
	}
	target = r.Target.Value
	if len(query) > 0 && r.Target.Form == URLPath {
		target += "?" + query.Encode()
	}
	return target, headers, true
}
