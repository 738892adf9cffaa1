package stubs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"slices"
	"time"
)

const (
	manifestFile = "stub.json"
	contractFile = "openapi.yaml"
)

// Pack is the bundle as a tar.gz: the same bundle gives the same bytes.
func (b Bundle) Pack() ([]byte, error) {
	files, err := b.all()
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", b.Name(), err)
	}
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", b.Name(), err)
	}
	archive := tar.NewWriter(zip)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(files[name])),
			ModTime: time.Unix(0, 0), Format: tar.FormatPAX,
		}
		if err := archive.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("pack %s of %s: %w", name, b.Name(), err)
		}
		if _, err := archive.Write(files[name]); err != nil {
			return nil, fmt.Errorf("pack %s of %s: %w", name, b.Name(), err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("pack %s: %w", b.Name(), err)
	}
	if err := zip.Close(); err != nil {
		return nil, fmt.Errorf("pack %s: %w", b.Name(), err)
	}
	return packed.Bytes(), nil
}

// all is every file of the bundle by its name.
func (b Bundle) all() (map[string][]byte, error) {
	manifest, err := encode(b.Manifest)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{manifestFile: manifest, contractFile: b.Contract}
	maps.Copy(files, b.Mappings)
	maps.Copy(files, b.Files)
	return files, nil
}
