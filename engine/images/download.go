package images

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// download reads a blob from a registry and goes on where it was when the connection breaks or stalls.
type download struct {
	*client
	ctx   context.Context
	end   context.CancelFunc
	blob  v1.Descriptor
	doing string

	body   io.ReadCloser // nil: not open
	at     int64
	cuts   int   // since something worth the name arrived
	cutAt  int64 // where the last cut was
	closed atomic.Bool
}

// enough is how much must have arrived since the last cut, in bytes, for a connection to count as working.
const enough = 1 << 20

// blob opens a blob and returns when its first byte is about to come. Its content is held against its digest.
func (c *client) blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	ctx, end := context.WithCancel(ctx)
	doing := describe("read", d, c.name)
	stream := &download{client: c, ctx: ctx, end: end, blob: d, doing: doing}
	if err := stream.reopen(); err != nil {
		end()
		return nil, err
	}
	if d.Size == 0 {
		stream.finish()
	}
	return &checkedBlob{verified(stream, d, doing), stream}, nil
}

// checkedBlob is a stream whose content is verified.
type checkedBlob struct {
	io.Reader
	io.Closer
}

func (d *download) Read(p []byte) (int, error) {
	for {
		if d.at >= d.blob.Size {
			return 0, io.EOF
		}
		if d.body == nil {
			if err := d.reopen(); err != nil {
				return 0, err
			}
		}
		n, err := d.body.Read(p)
		d.at += int64(n)
		if d.at >= d.blob.Size {
			d.finish()
		}
		if err == nil || n > 0 {
			return n, nil
		}
		_ = d.body.Close()
		d.body = nil
		if errors.Is(err, io.EOF) {
			err = broken(d.doing, io.ErrUnexpectedEOF)
		}
		if err := d.cut(err); err != nil {
			return 0, err
		}
	}
}

// finish reads to the end of an answer that has given all: only then can its connection be used again.
func (d *download) finish() {
	if d.body == nil {
		return
	}
	_, _ = io.CopyN(io.Discard, d.body, 1)
	_ = d.body.Close()
	d.body = nil
}

// cut decides after a broken connection whether to go on.
func (d *download) cut(err error) error {
	if d.at-d.cutAt >= enough {
		d.cuts = 0
	}
	d.cuts++
	d.cutAt = d.at
	if d.again(d.ctx, err, d.cuts) {
		return nil
	}
	return final(err, fmt.Sprintf(" (after %d of %d bytes, tried %d times)", d.at, d.blob.Size, d.cuts))
}

// final is an error that was tried away as often as is sensible: nobody above tries again.
func final(err error, note string) error {
	var e *Error
	if !errors.As(err, &e) || !e.again {
		return err
	}
	last := *e
	last.again, last.Answer = false, last.Answer+note
	return &last
}

// reopen asks for what has not arrived yet.
func (d *download) reopen() error {
	for {
		response, err := d.send(d.ctx, d.rest())
		if short := (*Error)(nil); errors.As(err, &short) && short.Status == http.StatusRequestedRangeNotSatisfiable {
			return mismatch(d.doing, "ended after %d of %d bytes", d.at, d.blob.Size)
		}
		if err == nil {
			err = d.skip(response)
		}
		if err == nil {
			d.body = response.Body
			return nil
		}
		if err := d.cut(err); err != nil {
			return err
		}
	}
}

func (d *download) rest() request {
	r := request{
		doing: d.doing, method: http.MethodGet, at: d.client.at("blobs/" + d.blob.Digest.String()),
		accept: []int{http.StatusOK}, header: http.Header{},
	}
	if d.at > 0 {
		r.header.Set("Range", fmt.Sprintf("bytes=%d-", d.at))
		r.accept = append(r.accept, http.StatusPartialContent)
	}
	return r
}

// skip brings an answer to where the last one broke off: a server that knows no ranges begins from the start.
func (d *download) skip(response *http.Response) error {
	left := d.blob.Size
	if response.StatusCode == http.StatusPartialContent {
		left -= d.at
	}
	if response.ContentLength >= 0 && response.ContentLength != left {
		_ = response.Body.Close()
		return mismatch(d.doing, "the registry offers %d bytes where %d are due: it is not used", response.ContentLength, left)
	}
	if response.StatusCode == http.StatusOK {
		if _, err := io.CopyN(io.Discard, response.Body, d.at); err != nil {
			_ = response.Body.Close()
			return failure(d.ctx, d.doing, d.stall, err)
		}
		return nil
	}
	from := response.Header.Get("Content-Range")
	if !strings.HasPrefix(from, fmt.Sprintf("bytes %d-", d.at)) {
		_ = response.Body.Close()
		return mismatch(d.doing, "asked to go on at byte %d, and got the range %q", d.at, oneLine(from))
	}
	return nil
}

// Close may be called while a Read is under way, which then fails.
func (d *download) Close() error {
	if !d.closed.Swap(true) {
		d.end()
	}
	return nil
}
