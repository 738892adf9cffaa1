package images

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// layoutDir is an OCI image layout on this machine: what Save keeps, and what other tools write.
type layoutDir string

func (l layoutDir) String() string { return string(l) }

// manifest reads a manifest by digest and holds it against that digest.
func (l layoutDir) manifest(_ context.Context, digest v1.Hash) (manifest, error) {
	doing := fmt.Sprintf("read manifest %s of %s", digest, l)
	raw, err := readUpTo(blobPath(string(l), digest), maxManifest)
	if errors.Is(err, os.ErrNotExist) {
		return manifest{}, &Error{Doing: doing, Kind: ErrNotFound, Answer: "it is not there"}
	}
	if err != nil {
		return manifest{}, &Error{Doing: doing, Answer: err.Error(), cause: err}
	}
	if got, _, _ := v1.SHA256(bytes.NewReader(raw)); got != digest {
		return manifest{}, mismatch(doing, "its manifest was changed (it has the digest %s now): it is not used", got)
	}
	m, err := parseManifest(raw, kindOfManifest(raw))
	if err != nil {
		return m, &Error{Doing: doing, Answer: err.Error(), cause: err}
	}
	return m, nil
}

// blob opens a blob, which is held against its digest while it is read.
func (l layoutDir) blob(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	doing := fmt.Sprintf("read blob %s of %s", d.Digest, l)
	file, err := os.Open(blobPath(string(l), d.Digest))
	if errors.Is(err, os.ErrNotExist) {
		return nil, &Error{Doing: doing, Kind: ErrNotFound, Answer: "it is not there"}
	}
	if err != nil {
		return nil, &Error{Doing: doing, Answer: err.Error(), cause: err}
	}
	return &checkedBlob{verified(file, d, doing), file}, nil
}

// has tells whether a blob is there with all of its bytes; what they are is seen when they are read.
func (l layoutDir) has(d v1.Descriptor) bool {
	info, err := os.Stat(blobPath(string(l), d.Digest))
	return err == nil && info.Size() == d.Size
}

func readUpTo(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(raw)) > most {
		return nil, fmt.Errorf("%s is over %d bytes", path, most)
	}
	return raw, err
}

// kindOfManifest goes by what a manifest says of itself; OCI lets it say nothing, and then what it holds tells.
func kindOfManifest(raw []byte) types.MediaType {
	var says struct {
		MediaType types.MediaType `json:"mediaType"`
		Manifests json.RawMessage `json:"manifests"`
	}
	_ = json.Unmarshal(raw, &says) // what is no JSON is refused when it is parsed
	switch {
	case says.MediaType != "":
		return says.MediaType
	case says.Manifests != nil:
		return types.OCIImageIndex
	}
	return types.OCIManifestSchema1
}
