package images

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
)

// tree is a directory that layers are applied to. Two things keep a hostile layer inside: os.Root, through which every
// file system call goes, and our own rule that nothing is ever written through a link.
type tree struct {
	root      *os.Root
	bytesLeft int64 // of all layers' archives
	spaceLeft int64 // of the files: a sparse one is larger than its archive
	filesLeft int
	modes     map[string]os.FileMode // of directories; set at the end, or a read-only one could not be filled
	real      map[string]bool        // directories known to be no links, and so all above them
	touched   map[string]bool        // what the present layer wrote, and the directories above
}

const (
	whiteout = ".wh."         // before a name: the lower layers' entry is gone
	opaque   = ".wh..wh..opq" // in a directory: all of the lower layers' entries in it are gone

	longest   = 4096 // of a path, in bytes
	mostParts = 128  // of a path: each one costs system calls

	private os.FileMode = 0o700 // what the owner needs of a directory
)

// apply unpacks one layer over those before.
func (t *tree) apply(ctx context.Context, layer io.Reader) error {
	t.touched = map[string]bool{}
	limited := &budget{r: layer, left: &t.bytesLeft}
	archive := tar.NewReader(limited)
	for {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			// What follows the end of the archive belongs to the compressed stream and its digest.
			_, err = io.Copy(io.Discard, limited)
			return err
		}
		if err != nil {
			return fmt.Errorf("read the archive: %w", err)
		}
		name, err := cleanName(header.Name)
		if err != nil {
			return err
		}
		if name == "." {
			continue
		}
		if err := t.entry(name, header, archive); err != nil {
			return fmt.Errorf("entry %q: %w", name, withoutPath(err))
		}
	}
}

// cleanName is an entry's path relative to the root.
func cleanName(name string) (string, error) {
	parts := strings.Split(name, "/")
	if len(name) > longest || len(parts) > mostParts {
		return "", fmt.Errorf("entry %.40q…: its path has over %d bytes or %d parts: refused", name, longest, mostParts)
	}
	if slices.Contains(parts, "..") || strings.ContainsRune(name, 0) {
		return "", fmt.Errorf("entry %q leads out of the image: refused", name)
	}
	return path.Clean("./" + name), nil
}

func (t *tree) entry(name string, header *tar.Header, content io.Reader) error {
	dir, base := path.Dir(name), path.Base(name)
	if err := t.spend(); err != nil {
		return err
	}
	if header.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	if strings.HasPrefix(base, whiteout) {
		if err := t.aboveIsReal(name); err != nil {
			return err
		}
	}
	switch {
	case base == opaque:
		return t.hideAll(dir)
	case strings.HasPrefix(base, whiteout):
		hidden := strings.TrimPrefix(base, whiteout)
		if hidden == "" || hidden == "." || hidden == ".." {
			return errors.New("is a whiteout of nothing: refused")
		}
		return t.hide(path.Join(dir, hidden))
	}
	if err := t.makeParents(name); err != nil {
		return err
	}
	for above := name; above != "."; above = path.Dir(above) {
		t.touched[above] = true
	}
	mode := header.FileInfo().Mode().Perm()
	switch header.Typeflag {
	case tar.TypeDir:
		return t.dir(name, mode)
	case tar.TypeReg, tar.TypeGNUSparse:
		return t.file(name, mode, content)
	case tar.TypeSymlink:
		return t.symlink(name, header.Linkname)
	case tar.TypeLink:
		return t.hardlink(name, header.Linkname)
	}
	return fmt.Errorf("is neither a file nor a directory nor a link (type %q): refused", header.Typeflag)
}

// spend counts one thing more in the tree.
func (t *tree) spend() error {
	if t.filesLeft--; t.filesLeft < 0 {
		return errors.New("one more than the limit of files: refused")
	}
	return nil
}

// makeParents makes the directories above, and refuses to go through a link.
func (t *tree) makeParents(name string) error {
	dir := path.Dir(name)
	if dir == "." || t.real[dir] {
		return nil
	}
	if err := t.makeParents(dir); err != nil {
		return err
	}
	info, err := t.root.Lstat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		t.modes[dir] = 0o755
		err = errors.Join(t.spend(), t.root.Mkdir(dir, 0o755))
	case err == nil && !info.IsDir():
		err = fmt.Errorf("lies below %q, which is %s: refused", dir, kindOf(info))
	}
	t.real[dir] = err == nil
	return err
}

// aboveIsReal refuses a path that goes through a link. What is not there is not a link.
func (t *tree) aboveIsReal(name string) error {
	for dir := path.Dir(name); dir != "." && !t.real[dir]; dir = path.Dir(dir) {
		if info, err := t.root.Lstat(dir); err == nil && !info.IsDir() {
			return fmt.Errorf("lies below %q, which is %s: refused", dir, kindOf(info))
		}
	}
	return nil
}

func kindOf(info os.FileInfo) string {
	if info.Mode()&os.ModeSymlink != 0 {
		return "a link"
	}
	return "no directory"
}

var errTooLarge = errors.New("the image is larger than the limit: refused")

// budget is a stream of which not more may be read than is left.
type budget struct {
	r    io.Reader
	left *int64
}

func (b *budget) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if *b.left -= int64(n); *b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
