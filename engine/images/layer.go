package images

import (
	"archive/tar"
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// spooled is a compressed layer in a file that has no name any more: it goes away with the last reference to it, and
// with the process.
type spooled struct {
	file           *os.File
	size           int64
	digest, diffID v1.Hash
	packing
}

// filesLayer packs files into a layer.
func filesLayer(files map[string]string, how packing) (*spooled, error) {
	entries, err := entriesOf(files)
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "gantry-layer-*")
	if err != nil {
		return nil, fmt.Errorf("make room for the layer: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, fmt.Errorf("make room for the layer: %w", err)
	}
	layer := &spooled{file: file, packing: how}
	if err := layer.write(entries); err != nil {
		_ = file.Close()
		return nil, err
	}
	return layer, nil
}

func (l *spooled) write(entries []entry) error {
	packed, plain := sha256.New(), sha256.New()
	disk := bufio.NewWriterSize(l.file, 1<<20)
	squeezed, err := l.writer(io.MultiWriter(disk, packed))
	if err != nil {
		return err
	}
	archive := tar.NewWriter(io.MultiWriter(squeezed, plain))
	for _, e := range entries {
		if err := e.writeTo(archive); err != nil {
			return err
		}
	}
	for _, end := range []func() error{archive.Close, squeezed.Close, disk.Flush} {
		if err := end(); err != nil {
			return fmt.Errorf("write the layer: %w", err)
		}
	}
	if l.size, err = l.file.Seek(0, io.SeekCurrent); err != nil {
		return fmt.Errorf("write the layer: %w", err)
	}
	l.digest, l.diffID = sum(packed), sum(plain)
	return nil
}

func sum(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

func (e entry) header() *tar.Header {
	h := &tar.Header{Name: e.path, ModTime: epoch, Mode: 0o644, Size: e.size, Typeflag: tar.TypeReg}
	switch {
	case e.dir:
		h.Typeflag, h.Name, h.Mode = tar.TypeDir, e.path+"/", 0o755
	case e.link != "":
		h.Typeflag, h.Linkname, h.Mode = tar.TypeSymlink, e.link, 0o777
	case e.runs:
		h.Mode = 0o755
	}
	return h
}

func (e entry) writeTo(archive *tar.Writer) error {
	if err := archive.WriteHeader(e.header()); err != nil {
		return fmt.Errorf("pack /%s: %w", e.path, err)
	}
	if e.disk == "" {
		return nil
	}
	file, err := os.Open(e.disk)
	if err != nil {
		return fmt.Errorf("pack /%s: %w", e.path, err)
	}
	defer file.Close()
	if n, err := io.Copy(archive, file); err != nil || n != e.size {
		return fmt.Errorf("pack %s as /%s: it had %d bytes and changed while it was read: %w", e.disk, e.path, e.size, changed(err))
	}
	return nil
}

func changed(err error) error {
	if err == nil {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (l *spooled) Digest() (v1.Hash, error)             { return l.digest, nil }
func (l *spooled) DiffID() (v1.Hash, error)             { return l.diffID, nil }
func (l *spooled) Size() (int64, error)                 { return l.size, nil }
func (l *spooled) MediaType() (types.MediaType, error)  { return l.mediaType, nil }
func (l *spooled) Compressed() (io.ReadCloser, error)   { return io.NopCloser(l.section()), nil }
func (l *spooled) Uncompressed() (io.ReadCloser, error) { return decompress(l.section()) }

func (l *spooled) section() io.Reader { return io.NewSectionReader(l.file, 0, l.size) }
