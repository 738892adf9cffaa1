package registry

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// upload is a blob that arrives. Its bytes are in a file; the hash of them is kept as long as the process lives and
// made again from the file afterwards.
type upload struct {
	mu   sync.Mutex // held by the one request that writes
	file *os.File
	size int64
	hash hash.Hash
	over bool
}

// startUpload serves POST: a new upload, a whole blob in one request, or a mount of one that is there.
func (r *Registry) startUpload(w http.ResponseWriter, request *http.Request, name string) error {
	if request.Method != http.MethodPost {
		return notAllowed(request.Method)
	}
	query := request.URL.Query()
	if mount := query.Get("mount"); digestForm.MatchString(mount) {
		if _, found := r.hasBlob(mount); found {
			return created(w, name, mount)
		}
	}
	u, id, err := r.newUpload()
	if err != nil {
		return err
	}
	if query.Get("digest") != "" {
		u.mu.Lock()
		defer u.mu.Unlock()
		return r.finish(w, request, u, name, id)
	}
	describe(w, name, id, 0)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

func (r *Registry) newUpload() (*upload, string, error) {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	name := hex.EncodeToString(id)
	file, err := os.OpenFile(r.uploadPath(name), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, "", err
	}
	u := &upload{file: file, hash: sha256.New()}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uploads[name] = u
	return u, name, nil
}

// continueUpload serves PATCH, PUT, GET and DELETE of one upload.
func (r *Registry) continueUpload(w http.ResponseWriter, request *http.Request, name, id string) error {
	u, err := r.findUpload(id)
	if err != nil {
		return err
	}
	if !u.mu.TryLock() {
		return &problem{http.StatusConflict, "BLOB_UPLOAD_INVALID", "another request is writing this upload"}
	}
	defer u.mu.Unlock()
	if u.over {
		return unknown("BLOB_UPLOAD_UNKNOWN", "the upload %s is over", id)
	}
	switch request.Method {
	case http.MethodGet:
		describe(w, name, id, u.size)
		w.WriteHeader(http.StatusNoContent)
		return nil
	case http.MethodDelete:
		r.drop(u, id)
		w.WriteHeader(http.StatusNoContent)
		return nil
	case http.MethodPatch:
		if err := u.take(request); err != nil {
			return err
		}
		describe(w, name, id, u.size)
		w.WriteHeader(http.StatusAccepted)
		return nil
	case http.MethodPut:
		return r.finish(w, request, u, name, id)
	}
	return notAllowed(request.Method)
}

// findUpload finds an upload of this process, or one that a process before left on disk.
func (r *Registry) findUpload(id string) (*upload, error) {
	if !uploadForm.MatchString(id) {
		return nil, unknown("BLOB_UPLOAD_UNKNOWN", "%q is no upload", id)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if u, found := r.uploads[id]; found {
		return u, nil
	}
	file, err := os.OpenFile(r.uploadPath(id), os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, unknown("BLOB_UPLOAD_UNKNOWN", "there is no upload %s", id)
	}
	if err != nil {
		return nil, err
	}
	u := &upload{file: file, hash: sha256.New()}
	if u.size, err = io.Copy(u.hash, file); err != nil {
		_ = file.Close()
		return nil, err
	}
	r.uploads[id] = u
	return u, nil
}

// take appends what a request carries. What arrived before a connection broke stays: the client asks where to go on.
func (u *upload) take(request *http.Request) error {
	if chunk := request.Header.Get("Content-Range"); chunk != "" {
		first, _, _ := strings.Cut(strings.TrimPrefix(chunk, "bytes "), "-")
		if at, err := strconv.ParseInt(first, 10, 64); err != nil || at != u.size {
			return &problem{http.StatusRequestedRangeNotSatisfiable, "BLOB_UPLOAD_INVALID", fmt.Sprintf("the upload goes on at byte %d, not at %q", u.size, chunk)}
		}
	}
	n, err := io.Copy(io.MultiWriter(u.file, u.hash), request.Body)
	u.size += n
	if disk := (*fs.PathError)(nil); errors.As(err, &disk) {
		// The hash stands where the last whole write ended; the file must, too.
		_, back := u.file.Seek(u.size, io.SeekStart)
		return errors.Join(err, u.file.Truncate(u.size), back)
	}
	if err != nil {
		return invalid("BLOB_UPLOAD_INVALID", "the upload broke off at byte %d: %v", u.size, err)
	}
	return nil
}

// finish takes the last bytes and makes a blob of the upload, if it has the digest that the client says.
func (r *Registry) finish(w http.ResponseWriter, request *http.Request, u *upload, name, id string) error {
	digest, err := parseDigest(request.URL.Query().Get("digest"))
	if err != nil {
		return err
	}
	if err := u.take(request); err != nil {
		return err
	}
	if got := "sha256:" + hex.EncodeToString(u.hash.Sum(nil)); got != digest {
		r.drop(u, id)
		return invalid("DIGEST_INVALID", "the %d bytes have the digest %s, not %s", u.size, got, digest)
	}
	if _, found := r.hasBlob(digest); found {
		r.drop(u, id)
		return created(w, name, digest)
	}
	if err := u.file.Sync(); err != nil {
		return err
	}
	if err := moveInto(r.uploadPath(id), r.blobPath(digest)); err != nil {
		return err
	}
	r.drop(u, id)
	return created(w, name, digest)
}

// drop ends an upload; its lock is held.
func (r *Registry) drop(u *upload, id string) {
	u.over = true
	_ = u.file.Close()
	_ = os.Remove(r.uploadPath(id))
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.uploads, id)
}

func describe(w http.ResponseWriter, name, id string, size int64) {
	w.Header().Set("Location", "/v2/"+name+"/blobs/uploads/"+id)
	w.Header().Set("Docker-Upload-UUID", id)
	w.Header().Set("Range", fmt.Sprintf("0-%d", max(0, size-1)))
}

func created(w http.ResponseWriter, name, digest string) error {
	w.Header().Set("Location", "/v2/"+name+"/blobs/"+digest)
	w.Header().Set("Docker-Content-Digest", digest)
	w.WriteHeader(http.StatusCreated)
	return nil
}

// abandoned is how long nothing was written to an upload that nobody will finish.
const abandoned = 24 * time.Hour

// sweep removes abandoned uploads when the registry opens.
func (r *Registry) sweep() error {
	entries, err := os.ReadDir(filepath.Join(r.dir, "uploads"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
			if err := os.Remove(r.uploadPath(e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
