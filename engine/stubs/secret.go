package stubs

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// never are headers that are not recorded: credentials, and what speaks of one connection only.
var never = []string{
	"Authorization", "Cookie", "Set-Cookie", "Proxy-Authorization", "Proxy-Authenticate",
	"Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"Content-Length", "Date", "Server", "User-Agent", "Accept-Encoding",
	"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Via",
}

// secretWords mark names of headers and query parameters that carry credentials.
var secretWords = []string{"token", "secret", "password", "passwd", "apikey", "credential", "session", "signature", "csrf", "xsrf"}

// placeWords mark tokens that say where to go on reading, and are no credentials.
var placeWords = []string{"page", "next", "cursor", "continu", "sync"}

func isSecret(name string) bool {
	plain := strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
	if slices.ContainsFunc(placeWords, func(word string) bool { return strings.Contains(plain, word) }) {
		return false
	}
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(plain, word) })
}

// recordable is a copy of the headers that may be recorded.
func recordable(header http.Header) http.Header {
	kept := http.Header{}
	for name, values := range header {
		if !slices.Contains(never, http.CanonicalHeaderKey(name)) && !isSecret(name) {
			kept[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
	}
	return kept
}

// recordableQuery is a query without the parameters that carry credentials.
func recordableQuery(query string) string {
	return dropQuery(query, isSecret)
}

// dropQuery leaves parameters out and the others as they were sent.
func dropQuery(query string, drop func(name string) bool) string {
	pairs := slices.DeleteFunc(strings.Split(query, "&"), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		return drop(name)
	})
	return strings.Join(pairs, "&")
}
