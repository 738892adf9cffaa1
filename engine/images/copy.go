package images

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Copy brings an image, or a whole index, by digest from one repository into another: the same bytes, every blob, the
// manifest last and read back by its digest. It reads with the source's credential and writes with the target's. What
// the target has already is not moved; an equal manifest there means that nothing is to do. The tag is a name for people
// and may be "".
func Copy(ctx context.Context, from Repository, digest promotion.Digest, to Repository, tag string, options ...Option) error {
	hash, err := parseDigest(digest)
	if err != nil {
		return err
	}
	s := settled(options)
	source, target := reading(from, s), writing(to, s)
	root, there, err := compare(ctx, source, target, hash)
	if err != nil {
		return err
	}
	if !there {
		if err := copyTree(ctx, source, target, root); err != nil {
			return err
		}
	}
	return target.called(ctx, root, tag)
}

// compare reads a manifest from both sides at once.
func compare(ctx context.Context, source, target *client, digest v1.Hash) (root manifest, there bool, err error) {
	asking, stop := context.WithCancel(ctx)
	defer stop()
	var (
		both     sync.WaitGroup
		original manifest
		missing  error
	)
	both.Go(func() { original, missing = source.manifest(asking, digest) })
	root, err = target.manifest(ctx, digest)
	if err == nil || !errors.Is(err, ErrNotFound) {
		// The target has it, or cannot be asked: what the source says does not matter.
		stop()
		both.Wait()
		return root, err == nil, err
	}
	both.Wait()
	return original, false, missing
}

func copyTree(ctx context.Context, source, target *client, root manifest) error {
	manifests, err := family(ctx, source, root)
	if err != nil {
		return err
	}
	move := newTransfer(source, target)
	if source.name.RegistryStr() == target.name.RegistryStr() {
		move.mountFrom = source.name.RepositoryStr()
	}
	return move.publish(ctx, blobsOf(manifests), manifests)
}

// deepest bounds how far indexes may be nested.
const deepest = 5

// library is where manifests and blobs are read: a repository, or a directory on this machine.
type library interface {
	origin
	fmt.Stringer
	manifest(ctx context.Context, digest v1.Hash) (manifest, error)
}

// family reads all manifests below a root, and returns them with each one after those that it refers to.
func family(ctx context.Context, source library, root manifest) ([]manifest, error) {
	depth := map[v1.Hash]int{root.digest: 0}
	all := []manifest{root}
	generation := []manifest{root}
	for level := 1; len(generation) > 0; level++ {
		var wanted []v1.Hash
		for _, parent := range generation {
			for _, child := range parent.children {
				if at, known := depth[child.Digest]; !known || at < level {
					depth[child.Digest] = level
					wanted = append(wanted, child.Digest)
				}
			}
		}
		if level > deepest && len(wanted) > 0 {
			return nil, fmt.Errorf("read the index %s of %s: indexes are nested more than %d deep: it is not copied", root.digest, source, deepest)
		}
		var err error
		if generation, err = readAll(ctx, source, wanted); err != nil {
			return nil, err
		}
		all = append(all, generation...)
	}
	slices.SortStableFunc(all, func(a, b manifest) int { return cmp.Compare(depth[b.digest], depth[a.digest]) })
	// One that is referred to on several levels was read for each.
	return slices.DeleteFunc(all, func(m manifest) bool {
		_, first := depth[m.digest]
		delete(depth, m.digest)
		return !first
	}), nil
}

func readAll(ctx context.Context, source library, digests []v1.Hash) ([]manifest, error) {
	read := make([]manifest, len(digests))
	workers, ctx := errgroup.WithContext(ctx)
	workers.SetLimit(16)
	for i, digest := range digests {
		workers.Go(func() (err error) {
			read[i], err = source.manifest(ctx, digest)
			return err
		})
	}
	return read, workers.Wait()
}

// blobsOf lists what manifests refer to, each once, the largest first: the last one to finish is then a small one.
func blobsOf(manifests []manifest) []v1.Descriptor {
	known := map[v1.Hash]bool{}
	var blobs []v1.Descriptor
	for _, m := range manifests {
		for _, d := range m.blobs {
			if !known[d.Digest] {
				known[d.Digest] = true
				blobs = append(blobs, d)
			}
		}
	}
	slices.SortStableFunc(blobs, func(a, b v1.Descriptor) int { return cmp.Compare(b.Size, a.Size) })
	return blobs
}
