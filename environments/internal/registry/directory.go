package registry

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/stubs"
)

// Directory is a directory on a server that keeps what is put there, as Artifactory and Nexus do. It implements stubs.Files.
type Directory struct {
	configured config.HTTP
	login      *login
	transport  func() (http.RoundTripper, error)
	wait       func(context.Context, time.Duration) error
}

var _ stubs.Files = (*Directory)(nil)

// NewDirectory is the directory as configured. Nobody is asked anything yet. root is the configuration's directory.
func NewDirectory(c config.HTTP, root string) *Directory {
	host := c.URL
	if u, err := url.Parse(c.URL); err == nil {
		host = u.Host
	}
	return &Directory{
		configured: c, login: &login{configured: c.Login, root: root, address: host},
		transport: sync.OnceValues(way{host, c.CA, c.Proxy, root}.dial), wait: wait,
	}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// unknown is the version of a file of which the server does not say one: it can be told to write over a file that is there,
// whichever it is.
const unknown = "*"

// Read is a file and its version.
func (d *Directory) Read(ctx context.Context, path string) ([]byte, string, error) {
	got, err := d.ask(ctx, exchange{doing: "read", method: http.MethodGet, path: path})
	switch {
	case err != nil:
		return nil, "", err
	case got.status == http.StatusNotFound:
		return nil, "", fmt.Errorf("read %s/%s: %w", d.configured.URL, path, stubs.ErrNone)
	case got.status != http.StatusOK:
		return nil, "", d.refused("read", path, got)
	}
	version := got.header.Get("ETag")
	if version == "" || strings.HasPrefix(version, "W/") { // a weak one matches nothing
		version = unknown
	}
	return got.body, version, nil
}

// Write keeps a file, with the sums by which the server checks what has arrived. A server that knows versions writes over
// none but the one that was read.
func (d *Directory) Write(ctx context.Context, path string, content []byte, version string) error {
	one, other := sha1.Sum(content), sha256.Sum256(content)
	header := http.Header{
		"Content-Type":      {"application/octet-stream"},
		"X-Checksum-Sha1":   {hex.EncodeToString(one[:])},
		"X-Checksum-Sha256": {hex.EncodeToString(other[:])},
	}
	if version == "" {
		header.Set("If-None-Match", "*")
	} else {
		header.Set("If-Match", version)
	}
	got, err := d.ask(ctx, exchange{"write", http.MethodPut, path, header, content})
	switch {
	case err != nil:
		return err
	case got.status == http.StatusPreconditionFailed:
		return fmt.Errorf("write %s/%s: %w", d.configured.URL, path, stubs.ErrMoved)
	case got.status < 200 || got.status > 299:
		return d.refused("write", path, got)
	}
	return nil
}

// Secrets are the values that were read for the credential.
func (d *Directory) Secrets() []string { return d.login.values() }

// Owns is the directory and the credential for it. The server is asked whether it lets Gantry in.
func (d *Directory) Owns(ctx context.Context) ([]engine.Possession, error) {
	owns, err := owned(engine.Possession{What: "directory", ID: d.configured.URL}, d.login)
	if err != nil {
		return owns, err
	}
	if _, _, err := d.Read(ctx, "gantry-looks-whether-you-are-there"); !errors.Is(err, stubs.ErrNone) {
		return owns, err
	}
	return owns, nil
}
