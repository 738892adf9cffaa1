package images

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
)

// transfer brings blobs and manifests from their origin into one repository.
type transfer struct {
	from      origin
	to        *client
	mountFrom string // a repository of the same registry that has the blobs; "" none
	meter     *meter
	asking    *semaphore.Weighted // bounds requests that carry nothing
	moving    *semaphore.Weighted // bounds blobs under way
}

func newTransfer(from origin, to *client) *transfer {
	return &transfer{
		from: from, to: to, meter: &meter{report: to.report},
		asking: semaphore.NewWeighted(16), moving: semaphore.NewWeighted(int64(to.parallel)),
	}
}

// publish writes all blobs, then the manifests, the root last: nothing refers to what is not there. The manifests come
// in order, an index after its children.
func (t *transfer) publish(ctx context.Context, blobs []v1.Descriptor, manifests []manifest) error {
	t.meter.tell(func(p *Progress) {
		p.Blobs = len(blobs)
		for _, d := range blobs {
			p.Bytes += d.Size
		}
	})
	workers, within := errgroup.WithContext(ctx)
	for _, d := range blobs {
		workers.Go(func() error { return t.settle(within, d) })
	}
	if err := workers.Wait(); err != nil {
		return err
	}
	for _, m := range manifests {
		if err := t.to.put(ctx, m, m.digest.String()); err != nil {
			return err
		}
	}
	workers, within = errgroup.WithContext(ctx)
	workers.SetLimit(16)
	for _, m := range manifests {
		workers.Go(func() error { return t.to.readBack(within, m.digest) })
	}
	return workers.Wait()
}

// settle sees to it that the target has a blob.
func (t *transfer) settle(ctx context.Context, d v1.Descriptor) error {
	count := &blobMeter{all: t.meter, size: d.Size}
	if err := t.mount(ctx, d); err != nil {
		return err
	}
	has, err := t.has(ctx, d)
	if err != nil {
		return err
	}
	if !has {
		if err := t.move(ctx, d, count); err != nil {
			return err
		}
		// A registry that says yes and keeps nothing is found out here, before a manifest refers to the blob.
		if has, err = t.has(ctx, d); err != nil {
			return err
		}
		if !has {
			return &Error{Doing: describe("write", d, t.to.name), Kind: ErrNotFound, Answer: "the registry said that it took the blob, and does not have it"}
		}
	}
	count.done()
	return nil
}

func (t *transfer) has(ctx context.Context, d v1.Descriptor) (bool, error) {
	if err := t.asking.Acquire(ctx, 1); err != nil {
		return false, context.Cause(ctx)
	}
	defer t.asking.Release(1)
	return t.to.hasBlob(ctx, d)
}

// mount asks a registry that has the blob in another repository to take it from there. Whether it did is seen by
// looking: a registry may decline, or not know how.
func (t *transfer) mount(ctx context.Context, d v1.Descriptor) error {
	if t.mountFrom == "" {
		return nil
	}
	if err := t.asking.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	defer t.asking.Release(1)
	location, mounted, err := t.to.beginUpload(ctx, d, t.mountFrom)
	if err == nil && !mounted {
		t.to.cancelUpload(ctx, d, location)
	}
	if errors.Is(err, ErrUnreachable) {
		return err
	}
	return context.Cause(ctx)
}

func (t *transfer) move(ctx context.Context, d v1.Descriptor, count *blobMeter) error {
	if err := t.moving.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	defer t.moving.Release(1)
	for try := 1; ; try++ {
		err := t.upload(ctx, d, count)
		if err == nil || !t.to.again(ctx, err, try) {
			return final(err, fmt.Sprintf(" (tried %d times)", try))
		}
		count.restart()
	}
}

// upload opens the source while the target opens an upload session: two round trips in the time of one.
func (t *transfer) upload(ctx context.Context, d v1.Descriptor, count *blobMeter) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		opening sync.WaitGroup
		source  io.ReadCloser
	)
	opening.Go(func() {
		var err error
		if source, err = t.from.blob(ctx, d); err != nil {
			cancel(final(err, ""))
		}
	})
	location, _, err := t.to.beginUpload(ctx, d, "")
	if err != nil {
		cancel(err)
	}
	opening.Wait()
	if source != nil {
		defer source.Close()
	}
	if first := context.Cause(ctx); first != nil {
		if location != nil {
			t.to.cancelUpload(ctx, d, location)
		}
		return first
	}
	return t.to.finishUpload(ctx, d, location, source, count.moved)
}
