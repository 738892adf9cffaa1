package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes the journal as it is at one moment into a new file, also while an engine goes on writing, and verifies what
// it wrote. It overwrites nothing. What it returns can be noted: the end of the chain.
func (r *Reader) Backup(ctx context.Context, to string) (Anchor, error) {
	if _, err := os.Lstat(to); err == nil {
		return Anchor{}, fmt.Errorf("%s is there already, and nothing is overwritten: name another file", to)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return Anchor{}, fmt.Errorf("back up %s: %w", r.path, err)
	}
	db, err := connect(r.path, "mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return Anchor{}, explain("back up", r.path, err)
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, to)
	if err = errors.Join(err, db.Close()); err != nil {
		return Anchor{}, errors.Join(explain("back up "+r.path+" to", to, err), remove(to))
	}
	if err := os.Chmod(to, 0o600); err != nil { // it holds configurations
		return Anchor{}, errors.Join(fmt.Errorf("back up %s: %w", r.path, err), remove(to))
	}
	copied := &Reader{path: to}
	info, err := os.Stat(to)
	if err == nil {
		err = copied.open(info)
	}
	if err != nil {
		return Anchor{}, errors.Join(err, remove(to))
	}
	anchor, err := copied.Verify(ctx, Anchor{})
	if err = errors.Join(err, copied.Close()); err != nil {
		return Anchor{}, errors.Join(fmt.Errorf("%w: look at what is wrong with `gantry journal check`", err), remove(to))
	}
	return anchor, nil
}

// remove takes away what was half written, if anything was.
func remove(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
