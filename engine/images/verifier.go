package images

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// verifier hashes a blob on its way. It gives the last bytes only when all of them together have the right digest, so
// that whoever counts on the size never gets a whole blob that is wrong.
type verifier struct {
	r     io.Reader
	want  v1.Descriptor
	doing string
	hash  hash.Hash
	at    int64
	over  error // what every further read gets
}

func verified(r io.Reader, want v1.Descriptor, doing string) *verifier {
	return &verifier{r: r, want: want, doing: doing, hash: sha256.New()}
}

func (v *verifier) Read(p []byte) (int, error) {
	if v.over != nil || len(p) == 0 {
		return 0, v.over
	}
	n, err := v.r.Read(p)
	v.hash.Write(p[:n])
	v.at += int64(n)
	if v.over = v.judge(err); v.over != nil && !errors.Is(v.over, io.EOF) {
		return 0, v.over
	}
	return n, nil
}

// judge decides what follows what was read: nil for more, io.EOF for a whole blob.
func (v *verifier) judge(err error) error {
	switch {
	case v.at > v.want.Size:
		return mismatch(v.doing, "is longer than the %d bytes that the manifest says", v.want.Size)
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case v.at < v.want.Size && err != nil:
		return mismatch(v.doing, "ended after %d of %d bytes", v.at, v.want.Size)
	case v.at < v.want.Size:
		return nil
	}
	got := v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(v.hash.Sum(nil))}
	if got != v.want.Digest {
		return mismatch(v.doing, "what came has the digest %s: it is not used", got)
	}
	return io.EOF
}

// describe names a blob of a repository.
func describe(verb string, d v1.Descriptor, where fmt.Stringer) string {
	return fmt.Sprintf("%s blob %s (%d bytes) of %s", verb, d.Digest, d.Size, where)
}
