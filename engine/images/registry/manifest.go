package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
)

// maxManifest is the largest manifest that is taken, in bytes; the specification asks for no more.
const maxManifest = 4 << 20

// manifest serves one manifest, by digest or by tag.
func (r *Registry) manifest(w http.ResponseWriter, request *http.Request, name, reference string) error {
	if !digestForm.MatchString(reference) && !tagForm.MatchString(reference) {
		return invalid("MANIFEST_INVALID", "%q is neither a digest nor a tag", reference)
	}
	switch request.Method {
	case http.MethodGet, http.MethodHead:
		return r.readManifest(w, request, name, reference)
	case http.MethodPut:
		return r.writeManifest(w, request, name, reference)
	case http.MethodDelete:
		return r.deleteManifest(w, name, reference)
	}
	return notAllowed(request.Method)
}

func (r *Registry) readManifest(w http.ResponseWriter, request *http.Request, name, reference string) error {
	digest, err := r.digestOf(name, reference)
	if err != nil {
		return err
	}
	kept, err := os.ReadFile(r.manifestPath(name, digest))
	if errors.Is(err, os.ErrNotExist) {
		return unknown("MANIFEST_UNKNOWN", "repository %s has no manifest %s", name, reference)
	}
	if err != nil {
		return err
	}
	mediaType, raw, _ := bytes.Cut(kept, []byte{'\n'})
	w.Header().Set("Content-Type", string(mediaType))
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	w.Header().Set("Docker-Content-Digest", digest)
	w.Header().Set("Etag", `"`+digest+`"`)
	if request.Method == http.MethodGet {
		_, err = w.Write(raw)
	}
	return err
}

func (r *Registry) writeManifest(w http.ResponseWriter, request *http.Request, name, reference string) error {
	raw, err := io.ReadAll(io.LimitReader(request.Body, maxManifest+1))
	if err != nil {
		return invalid("MANIFEST_INVALID", "the manifest broke off: %v", err)
	}
	if len(raw) > maxManifest {
		return &problem{http.StatusRequestEntityTooLarge, "MANIFEST_INVALID", "the manifest is over 4 MiB"}
	}
	hash := sha256.Sum256(raw)
	digest := "sha256:" + hex.EncodeToString(hash[:])
	byDigest := digestForm.MatchString(reference)
	if byDigest && reference != digest {
		return invalid("DIGEST_INVALID", "the manifest has the digest %s, not %s", digest, reference)
	}
	mediaType, err := r.checkManifest(name, request.Header.Get("Content-Type"), raw)
	if err != nil {
		return err
	}
	r.tagging.Lock()
	defer r.tagging.Unlock()
	if err := writeWhole(r.manifestPath(name, digest), append([]byte(mediaType+"\n"), raw...)); err != nil {
		return err
	}
	if !byDigest {
		if err := writeWhole(filepath.Join(r.tagsPath(name), reference), []byte(digest)); err != nil {
			return err
		}
	}
	w.Header().Set("Location", "/v2/"+name+"/manifests/"+digest)
	w.Header().Set("Docker-Content-Digest", digest)
	w.WriteHeader(http.StatusCreated)
	return nil
}

// deleteManifest takes a tag away, or a manifest with all tags that point at it. Blobs stay.
func (r *Registry) deleteManifest(w http.ResponseWriter, name, reference string) error {
	r.tagging.Lock()
	defer r.tagging.Unlock()
	doomed := filepath.Join(r.tagsPath(name), reference)
	if digestForm.MatchString(reference) {
		doomed = r.manifestPath(name, reference)
		if err := r.untag(name, reference); err != nil {
			return err
		}
	}
	if err := os.Remove(doomed); errors.Is(err, os.ErrNotExist) {
		return unknown("MANIFEST_UNKNOWN", "repository %s has no manifest %s", name, reference)
	} else if err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(doomed)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// descriptor is how a manifest refers to something.
type descriptor struct {
	MediaType string   `json:"mediaType"`
	Digest    string   `json:"digest"`
	Size      int64    `json:"size"`
	URLs      []string `json:"urls"`
}

// checkManifest refuses a manifest that refers to what is not there, and finds its media type.
func (r *Registry) checkManifest(name, header string, raw []byte) (string, error) {
	var m struct {
		MediaType string       `json:"mediaType"`
		Config    *descriptor  `json:"config"`
		Layers    []descriptor `json:"layers"`
		Manifests []descriptor `json:"manifests"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return "", invalid("MANIFEST_INVALID", "the manifest is no JSON: %v", err)
	}
	mediaType := header
	if mediaType == "" {
		mediaType = m.MediaType
	}
	if mediaType == "" || len(mediaType) > 255 || bytes.ContainsAny([]byte(mediaType), "\r\n") {
		return "", invalid("MANIFEST_INVALID", "the manifest comes without a usable media type")
	}
	if m.Config != nil {
		m.Layers = append(m.Layers, *m.Config)
	}
	for _, d := range m.Layers {
		if size, found := r.hasBlob(d.Digest); !found && len(d.URLs) == 0 {
			return "", invalid("MANIFEST_BLOB_UNKNOWN", "the manifest refers to the blob %s, which is not here: upload it first", d.Digest)
		} else if found && size != d.Size {
			return "", invalid("SIZE_INVALID", "the manifest says that %s has %d bytes, it has %d", d.Digest, d.Size, size)
		}
	}
	for _, d := range m.Manifests {
		if !r.hasManifest(name, d.Digest) {
			return "", invalid("MANIFEST_BLOB_UNKNOWN", "the index refers to the manifest %s, which is not here: write it first", d.Digest)
		}
	}
	return mediaType, nil
}

// hasManifest tells whether an index may refer to something: a manifest of the repository, or a blob.
func (r *Registry) hasManifest(name, digest string) bool {
	if !digestForm.MatchString(digest) {
		return false
	}
	if _, found := r.hasBlob(digest); found {
		return true
	}
	_, err := os.Stat(r.manifestPath(name, digest))
	return err == nil
}
