package images

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// origin is where blobs come from: a registry, or an image on this machine.
type origin interface {
	// blob opens a blob from its start. It fails before its last byte if the content is not what the digest says, and
	// with an error that trying again does not help.
	blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error)
}

// uploadBody is a blob on its way into an upload. Waiting for its origin is not the target's stall.
type uploadBody struct {
	source io.ReadCloser
	size   int64
	moved  func(n int)
	dog    *watchdog
	sent   atomic.Bool // set by the transport: a stream goes out once
	at     int64
	failed atomic.Pointer[error]
}

func (b *uploadBody) Read(p []byte) (int, error) {
	b.dog.lookAway()
	n, err := b.source.Read(p)
	b.at += int64(n)
	if b.moved(n); b.at >= b.size {
		b.dog.patient()
	} else {
		b.dog.moved()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.failed.Store(&err)
	}
	return n, err
}

func (b *uploadBody) Close() error { return b.source.Close() }

// hasBlob asks whether a repository has a blob, whole.
func (c *client) hasBlob(ctx context.Context, d v1.Descriptor) (bool, error) {
	has := false
	r := request{
		doing: describe("look for", d, c.name), method: http.MethodHead, at: c.at("blobs/" + d.Digest.String()),
		accept: []int{http.StatusOK, http.StatusNotFound},
	}
	err := c.call(ctx, r, func(response *http.Response) error {
		has = response.StatusCode == http.StatusOK && (response.ContentLength < 0 || response.ContentLength == d.Size)
		return nil
	})
	return has, err
}

// beginUpload opens an upload session. With the name of another repository of the same registry, the registry may take
// the blob from there at once: mounted, without a session.
func (c *client) beginUpload(ctx context.Context, d v1.Descriptor, mountFrom string) (session *url.URL, mounted bool, err error) {
	at := c.at("blobs/uploads/")
	if mountFrom != "" {
		at.RawQuery = url.Values{"mount": {d.Digest.String()}, "from": {mountFrom}}.Encode()
	}
	doing := describe("begin to write", d, c.name)
	r := request{doing: doing, method: http.MethodPost, at: at, body: []byte{}, accept: []int{http.StatusAccepted, http.StatusCreated}}
	err = c.call(ctx, r, func(response *http.Response) error {
		if mounted = response.StatusCode == http.StatusCreated; mounted {
			return nil
		}
		relative, err := url.Parse(response.Header.Get("Location"))
		if err != nil || relative.String() == "" {
			return &Error{Doing: doing, Answer: fmt.Sprintf("answered without a usable Location (%q)", oneLine(response.Header.Get("Location")))}
		}
		session = response.Request.URL.ResolveReference(relative)
		return nil
	})
	return session, mounted, err
}

// finishUpload sends a blob in one request into an upload session.
func (c *client) finishUpload(ctx context.Context, d v1.Descriptor, location *url.URL, source io.ReadCloser, moved func(int)) error {
	at := *location
	query := at.Query()
	query.Set("digest", d.Digest.String())
	at.RawQuery = query.Encode()
	body := &uploadBody{source: source, size: d.Size, moved: moved}
	response, err := c.send(ctx, request{
		doing: describe("write", d, c.name), method: http.MethodPut, at: &at, stream: body,
		header: http.Header{"Content-Type": {"application/octet-stream"}},
		accept: []int{http.StatusCreated, http.StatusOK, http.StatusNoContent},
	})
	if failed := body.failed.Load(); failed != nil {
		err = final(*failed, "")
	}
	if response != nil {
		_, _ = io.CopyN(io.Discard, response.Body, maxAnswer)
		_ = response.Body.Close()
	}
	if err != nil {
		c.cancelUpload(ctx, d, location)
	}
	return err
}

// cancelUpload tells the registry that an upload session is over. It is a courtesy: nothing depends on it.
func (c *client) cancelUpload(ctx context.Context, d v1.Descriptor, location *url.URL) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	response, err := c.send(ctx, request{
		doing: describe("give up", d, c.name), method: http.MethodDelete, at: location,
		accept: []int{http.StatusNoContent, http.StatusOK, http.StatusAccepted},
	})
	if err == nil {
		_ = response.Body.Close()
	}
}
