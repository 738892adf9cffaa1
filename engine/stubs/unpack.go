package stubs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// What a bundle may hold, so that a made-up one cannot fill memory.
const (
	maxFiles    = 4 * maxStubs
	maxUnpacked = 64 << 20 // bytes of all files together
)

// Unpack reads what Pack wrote. A bundle with a file that does not belong, a contract that is not the manifest's, or a
// mapping that Gantry does not know in full is refused (*Refusal). Nothing is written to disk.
func Unpack(packed []byte) (Bundle, error) {
	files, err := unpackFiles(packed)
	if err != nil {
		return Bundle{}, fmt.Errorf("unpack the stub bundle: %w", err)
	}
	b := Bundle{Mappings: map[string][]byte{}, Files: map[string][]byte{}}
	manifest, found := files[manifestFile]
	if !found {
		return Bundle{}, refuse("the bundle has no %s", manifestFile)
	}
	if err := json.Unmarshal(manifest, &b.Manifest); err != nil {
		return Bundle{}, refuse("the bundle's %s cannot be read: %v", manifestFile, err)
	}
	if b.Manifest.Format != 1 {
		return Bundle{}, refuse("the bundle's format is %d, this Gantry reads 1", b.Manifest.Format)
	}
	for name, content := range files {
		switch {
		case strings.HasPrefix(name, "mappings/"):
			b.Mappings[name] = content
		case strings.HasPrefix(name, "__files/"):
			b.Files[name] = content
		case name == contractFile:
			b.Contract = content
		case name != manifestFile:
			return Bundle{}, refuse("the bundle has a file that does not belong: %q", name)
		}
	}
	if sum := (&contract{text: b.Contract}).sum(); sum != b.Manifest.Contract {
		return Bundle{}, refuse("the bundle's %s is %s, its %s says %s", contractFile, sum, manifestFile, b.Manifest.Contract)
	}
	if _, err := b.Stubs(); err != nil {
		return Bundle{}, err
	}
	return b, nil
}

func unpackFiles(packed []byte) (map[string][]byte, error) {
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("it is no gzip: %w", err)
	}
	files, left := map[string][]byte{}, int64(maxUnpacked)
	// The limit is on the whole stream: headers and padding count as well.
	archive := tar.NewReader(io.LimitReader(zip, 2*maxUnpacked))
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("it is no tar: %w", err)
		}
		if err := checkEntry(header, files); err != nil {
			return nil, err
		}
		if left -= header.Size; left < 0 {
			return nil, fmt.Errorf("it unpacks to over %d MiB", maxUnpacked>>20)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", header.Name, err)
		}
		files[header.Name] = content
	}
}

func checkEntry(header *tar.Header, files map[string][]byte) error {
	_, twice := files[header.Name]
	switch {
	case header.Typeflag != tar.TypeReg:
		return fmt.Errorf("%q is no plain file", header.Name)
	case !fs.ValidPath(header.Name) || strings.ContainsAny(header.Name, "\\\x00"):
		return fmt.Errorf("%q is no path inside a bundle", header.Name)
	case twice:
		return fmt.Errorf("%q stands in it twice", header.Name)
	case len(files) >= maxFiles:
		return fmt.Errorf("it holds over %d files", maxFiles)
	}
	return nil
}
