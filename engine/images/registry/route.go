package registry

import (
	"net/http"
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
)

var (
	nameForm   = pattern.New(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
	tagForm    = pattern.New(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)
	digestForm = pattern.New(`^sha256:[0-9a-f]{64}$`)
	uploadForm = pattern.New(`^[0-9a-f]{32}$`)
)

// route finds what a path means. Every name that reaches the disk has passed one of the forms above.
func (r *Registry) route(w http.ResponseWriter, request *http.Request) error {
	rest, found := strings.CutPrefix(request.URL.Path, "/v2/")
	if !found {
		return unknown("UNSUPPORTED", "%s is no address of a registry: they begin with /v2/", request.URL.Path)
	}
	if rest == "" {
		w.Header().Set("Content-Type", "application/json")
		_, err := w.Write([]byte("{}"))
		return err
	}
	parts := strings.Split(strings.TrimSuffix(rest, "/"), "/")
	n := len(parts)
	switch {
	case n >= 3 && parts[n-2] == "blobs" && parts[n-1] == "uploads":
		return r.inRepository(parts[:n-2], func(name string) error { return r.startUpload(w, request, name) })
	case n >= 4 && parts[n-3] == "blobs" && parts[n-2] == "uploads":
		return r.inRepository(parts[:n-3], func(name string) error { return r.continueUpload(w, request, name, parts[n-1]) })
	case n >= 3 && parts[n-2] == "blobs":
		return r.inRepository(parts[:n-2], func(string) error { return r.blob(w, request, parts[n-1]) })
	case n >= 3 && parts[n-2] == "manifests":
		return r.inRepository(parts[:n-2], func(name string) error { return r.manifest(w, request, name, parts[n-1]) })
	case n >= 3 && parts[n-2] == "tags" && parts[n-1] == "list":
		return r.inRepository(parts[:n-2], func(name string) error { return r.listTags(w, request, name) })
	}
	return unknown("UNSUPPORTED", "%s is nothing that this registry has", request.URL.Path)
}

func (r *Registry) inRepository(parts []string, serve func(name string) error) error {
	name := strings.Join(parts, "/")
	if len(name) > 255 || !nameForm.MatchString(name) {
		return invalid("NAME_INVALID", "%q is no name of a repository", name)
	}
	return serve(name)
}

func parseDigest(digest string) (string, error) {
	if !digestForm.MatchString(digest) {
		return "", invalid("DIGEST_INVALID", "%q is no sha256 digest", digest)
	}
	return digest, nil
}
