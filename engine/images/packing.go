package images

import (
	"compress/gzip"
	"io"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
)

// packing is how a layer is compressed.
type packing struct {
	mediaType types.MediaType
	writer    func(io.Writer) (io.WriteCloser, error)
}

func packingOf(spec Spec) packing {
	if spec.Zstd {
		// One thread: the same bytes on every machine.
		return packing{types.OCILayerZStd, func(w io.Writer) (io.WriteCloser, error) {
			return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
		}}
	}
	return packing{types.OCILayer, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.BestSpeed) }}
}
