package host

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/gantry-cd/gantry/environments/sandbox/internal/control"
)

// durable keeps on disk the manifests that a registry takes, and gives them back to it when it starts: the registry
// itself keeps blobs on disk, but manifests in memory.
type durable struct {
	dir  string
	next http.Handler
}

// manifest is one manifest under one of its names.
type manifest struct {
	Path string `json:"path"` // "/v2/dev/orders/manifests/sha256:…"
	Type string `json:"type"`
	Body []byte `json:"body"`
}

// maxManifest bounds a manifest, as most registries do.
const maxManifest = 4 << 20

func newDurable(dir string, next http.Handler) (*durable, error) {
	d := &durable{dir: dir, next: next}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the registry's directory: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list the registry's manifests: %w", err)
	}
	// An index is refused before its children are there: what is refused is given once more after the others.
	for range 3 {
		if files, err = d.giveBack(files); err != nil || len(files) == 0 {
			return d, err
		}
	}
	return d, nil
}

// giveBack hands the kept manifests to the registry, and returns those that it refused.
func (d *durable) giveBack(files []string) (refused []string, err error) {
	for _, file := range files {
		var m manifest
		if err := control.ReadFile(file, &m); err != nil {
			return nil, err
		}
		r := httptest.NewRequest(http.MethodPut, m.Path, bytes.NewReader(m.Body))
		r.Header.Set("Content-Type", m.Type)
		w := httptest.NewRecorder()
		if d.next.ServeHTTP(w, r); w.Code != http.StatusCreated {
			refused = append(refused, file)
		}
	}
	return refused, nil
}

func (d *durable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.URL.Path, "/manifests/") || r.Method != http.MethodPut && r.Method != http.MethodDelete {
		d.next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxManifest))
	if err != nil {
		refuse(w, http.StatusBadRequest, "MANIFEST_INVALID", err.Error())
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	d.next.ServeHTTP(answer, r)
	if err := d.follow(r, body, answer.Code); err != nil {
		refuse(w, http.StatusInternalServerError, "UNKNOWN", err.Error())
		return
	}
	for key, values := range answer.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// follow does on disk what the registry has done in memory.
func (d *durable) follow(r *http.Request, body []byte, status int) error {
	switch {
	case r.Method == http.MethodPut && status == http.StatusCreated:
		m := manifest{Path: r.URL.Path, Type: r.Header.Get("Content-Type"), Body: body}
		if err := control.WriteFile(d.file(r.URL.Path), m); err != nil {
			return err
		}
		// A manifest that comes under a tag is found by its digest, too.
		sum := sha256.Sum256(body)
		m.Path = r.URL.Path[:strings.LastIndexByte(r.URL.Path, '/')+1] + "sha256:" + hex.EncodeToString(sum[:])
		return control.WriteFile(d.file(m.Path), m)
	case r.Method == http.MethodDelete && status/100 == 2:
		if err := os.Remove(d.file(r.URL.Path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("forget the manifest: %w", err)
		}
	}
	return nil
}

func (d *durable) file(path string) string {
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(d.dir, hex.EncodeToString(sum[:])+".json")
}
