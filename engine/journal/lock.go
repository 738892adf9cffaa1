package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// LockFile is the name of the lock in the state directory. It stays there: only the kernel's lock on it counts, and that
// is gone as soon as the process that took it is, however it ended.
const LockFile = "engine.lock"

// Lock is the right to write a state directory. One process has it at a time.
type Lock struct{ file *os.File }

// Holder is who holds a state directory.
type Holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Program string    `json:"program"` // "gantry run orders"
	Since   time.Time `json:"since"`
}

// Held means that another process holds the state directory.
type Held struct {
	Dir    string
	Holder Holder // zero when it has not said yet who it is
}

// meanwhile is what whoever comes second can do.
const meanwhile = "look on with `gantry status` and `gantry runs`, wait until it ends, or choose another directory with --state"

func (e *Held) Error() string {
	h := e.Holder
	if h.PID == 0 {
		return fmt.Sprintf("another engine holds %s: %s", e.Dir, meanwhile)
	}
	return fmt.Sprintf("engine pid %d (%s, since %s) holds %s: %s", h.PID, h.Program, h.Since.Format("15:04"), e.Dir, meanwhile)
}

// Make makes a state directory that is missing. It tells git to leave it out: a socket in it cannot be added anyway.
func Make(dir string) error {
	if _, err := os.Lstat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the state directory: %w: choose one that can be written with --state", err)
	}
	err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o600)
	if err != nil && !errors.Is(err, unix.ENOSPC) { // a full disk is told of where it matters
		return fmt.Errorf("make the state directory: %w", err)
	}
	return nil
}

// Acquire takes the lock of a state directory, which it makes when it is missing. It does not wait: when another process
// holds it, the error is a *Held. A full disk keeps nobody from it: the journal tells of that better, and stopping what
// runs needs no room.
func Acquire(dir, program string, since time.Time) (*Lock, error) {
	if err := Make(dir); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, LockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the state directory: %w: choose one that can be written with --state", err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer file.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, &Held{Dir: dir, Holder: holder(file)}
		}
		return nil, fmt.Errorf("lock %s: %w: choose a state directory on a local disk with --state", file.Name(), err)
	}
	if err := sign(file, program, since); err != nil && !errors.Is(err, unix.ENOSPC) {
		return nil, errors.Join(fmt.Errorf("say in %s who holds it: %w", file.Name(), err), file.Close())
	}
	return &Lock{file: file}, nil
}

// sign writes into the lock who holds it.
func sign(file *os.File, program string, since time.Time) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	text, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Program: program, Since: since})
	if err != nil {
		return err
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err = file.WriteAt(append(text, '\n'), 0)
	return err
}

// HolderOf is who holds a state directory, as far as can be told without touching the lock: who signed it, and lives.
func HolderOf(dir string) (Holder, bool) {
	file, err := os.Open(filepath.Join(dir, LockFile))
	if err != nil {
		return Holder{}, false
	}
	defer file.Close()
	h := holder(file)
	return h, h.PID != 0 && !errors.Is(unix.Kill(h.PID, 0), unix.ESRCH)
}

func holder(file *os.File) Holder {
	var h Holder
	text, err := io.ReadAll(io.LimitReader(file, 4096))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
}

// Release gives the state directory free. To close the file is not enough: a process that is being started at this moment
// has a copy of it until it becomes the other program.
func (l *Lock) Release() error {
	return errors.Join(l.file.Truncate(0), unix.Flock(int(l.file.Fd()), unix.LOCK_UN), l.file.Close())
}
