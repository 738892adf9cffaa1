package registry

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// digestOf is a reference's digest: the digest itself, or what a tag points at.
func (r *Registry) digestOf(name, reference string) (string, error) {
	if digestForm.MatchString(reference) {
		return reference, nil
	}
	digest, err := os.ReadFile(filepath.Join(r.tagsPath(name), reference))
	if errors.Is(err, os.ErrNotExist) {
		return "", unknown("MANIFEST_UNKNOWN", "repository %s has no tag %s", name, reference)
	}
	if err != nil {
		return "", err
	}
	return parseDigest(string(digest))
}

// tags are a repository's tags, sorted.
func (r *Registry) tags(name string) ([]string, error) {
	entries, err := os.ReadDir(r.tagsPath(name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	tags := []string{}
	for _, e := range entries {
		if tagForm.MatchString(e.Name()) {
			tags = append(tags, e.Name())
		}
	}
	slices.Sort(tags)
	return tags, nil
}

// untag takes away the tags that point at a digest.
func (r *Registry) untag(name, digest string) error {
	tags, err := r.tags(name)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		if at, err := r.digestOf(name, tag); err != nil || at != digest {
			continue
		}
		if err := os.Remove(filepath.Join(r.tagsPath(name), tag)); err != nil {
			return err
		}
	}
	return nil
}

// listTags serves the tags, in pages when the client asks for them with n and last.
func (r *Registry) listTags(w http.ResponseWriter, request *http.Request, name string) error {
	if request.Method != http.MethodGet {
		return notAllowed(request.Method)
	}
	if _, err := os.Stat(filepath.Dir(r.tagsPath(name))); err != nil {
		return unknown("NAME_UNKNOWN", "there is no repository %s", name)
	}
	tags, err := r.tags(name)
	if err != nil {
		return err
	}
	if last := request.URL.Query().Get("last"); last != "" {
		tags = slices.DeleteFunc(tags, func(tag string) bool { return strings.Compare(tag, last) <= 0 })
	}
	if n, err := strconv.Atoi(request.URL.Query().Get("n")); err == nil && n >= 0 && n < len(tags) {
		tags = tags[:n]
		if n > 0 {
			next := url.Values{"n": {strconv.Itoa(n)}, "last": {tags[n-1]}}
			w.Header().Set("Link", "</v2/"+name+"/tags/list?"+next.Encode()+`>; rel="next"`)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]any{"name": name, "tags": tags})
}
