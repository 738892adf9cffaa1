package images

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"

	"github.com/klauspost/compress/zstd"
)

// decompress goes by a layer's first bytes: its media type is not always right.
func decompress(r io.Reader) (io.ReadCloser, error) {
	ahead := bufio.NewReaderSize(r, 64<<10)
	first, err := ahead.Peek(4)
	if err != nil && len(first) == 0 {
		return io.NopCloser(ahead), nil
	}
	switch {
	case bytes.HasPrefix(first, []byte{0x1f, 0x8b}):
		return gzip.NewReader(ahead)
	case bytes.Equal(first, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		// The window is what a stranger can make this process allocate.
		frames, err := zstd.NewReader(ahead, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
		if err != nil {
			return nil, err
		}
		return frames.IOReadCloser(), nil
	}
	return io.NopCloser(ahead), nil
}
