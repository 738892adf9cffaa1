package registry

import (
	"errors"
	"net/http"
	"os"
	"time"
)

// blob serves GET, with ranges, and HEAD of one blob.
func (r *Registry) blob(w http.ResponseWriter, request *http.Request, digest string) error {
	if request.Method != http.MethodGet && request.Method != http.MethodHead {
		return notAllowed(request.Method)
	}
	digest, err := parseDigest(digest)
	if err != nil {
		return err
	}
	file, err := os.Open(r.blobPath(digest))
	if errors.Is(err, os.ErrNotExist) {
		return unknown("BLOB_UNKNOWN", "there is no blob %s", digest)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	w.Header().Set("Docker-Content-Digest", digest)
	w.Header().Set("Etag", `"`+digest+`"`)
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, request, "", time.Time{}, file)
	return nil
}

// hasBlob tells whether a blob is there, and how large it is.
func (r *Registry) hasBlob(digest string) (size int64, found bool) {
	if !digestForm.MatchString(digest) {
		return 0, false
	}
	info, err := os.Stat(r.blobPath(digest))
	if err != nil {
		return 0, false
	}
	return info.Size(), true
}
