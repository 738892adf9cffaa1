package journal

import (
	"errors"
	"fmt"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Full means that the disk has no room for an append. Nothing of it was written, and the journal stays usable.
type Full struct {
	Path string
	Err  error
}

func (e *Full) Error() string {
	return fmt.Sprintf("the disk is full, nothing was written to %s: free some space, Gantry then goes on (%v)", e.Path, e.Err)
}

func (e *Full) Unwrap() error { return e.Err }

const damagedFile = "the file is damaged: put it aside with its -wal and -shm files, and restore a backup or start anew"

// explain turns what SQLite says into a sentence with the next step; nil stays nil.
func explain(tried, path string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.ENOSPC) {
		return &Full{Path: path, Err: err}
	}
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return fmt.Errorf("%s %s: %w", tried, path, err)
	}
	if failure.Code() == sqlite3.SQLITE_IOERR_SHMSIZE { // what SQLite says when a full disk has no room to open it
		return &Full{Path: path, Err: err}
	}
	next := ""
	switch failure.Code() & 0xff { // the low byte is the kind of error, the rest says more about it
	case sqlite3.SQLITE_FULL:
		return &Full{Path: path, Err: err}
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		next = damagedFile
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		next = "it cannot be written: check who owns the state directory and its files, or choose another with --state"
	case sqlite3.SQLITE_CANTOPEN:
		next = "it cannot be opened: check the permissions of the state directory, or choose another with --state"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		next = "another program holds it: end it and try again"
	case sqlite3.SQLITE_IOERR:
		next = "the disk does not answer as it should: check it and its file system (network ones do not do)"
	case sqlite3.SQLITE_ERROR:
		if tried != "open" {
			return fmt.Errorf("%s %s: %w", tried, path, err)
		}
		next = damagedFile
	default:
		return fmt.Errorf("%s %s: %w", tried, path, err)
	}
	return fmt.Errorf("%s %s: %w: %s", tried, path, err, next)
}
