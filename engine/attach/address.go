package attach

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// longest is how long the path of a Unix socket may be everywhere, in bytes.
const longest = 100

// address is where the engine of a state directory listens: in a directory that only its user may enter. That is in the
// state directory, unless the path would be too long for a socket.
func address(state string) (string, error) {
	state, err := filepath.Abs(state)
	if err != nil {
		return "", err
	}
	if path := filepath.Join(state, "engine", "socket"); len(path) <= longest {
		return path, nil
	}
	name := fmt.Sprintf("%x", sha256.Sum256([]byte(state)))[:20]
	return filepath.Join(os.TempDir(), fmt.Sprintf("gantry-%d", os.Geteuid()), name), nil
}

// listen makes the socket of a state directory. The caller holds the directory's lock, so that whatever lies there is of
// an engine that has ended.
func listen(state string) (l guarded, err error) {
	path, err := address(state)
	if err != nil {
		return l, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return l, err
	}
	if err := private(filepath.Dir(path)); err != nil {
		return l, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return l, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return l, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return l, errors.Join(err, listener.Close())
	}
	return guarded{listener}, nil
}

// private refuses a directory that another user could put a socket into.
func private(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	stat, known := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is no directory: remove it", dir)
	case known && int(stat.Uid) != os.Geteuid():
		return fmt.Errorf("%s belongs to user %d, and not to you: remove it, or choose another directory with --state", dir, stat.Uid)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s may be entered by others: chmod 700 %s", dir, dir)
	}
	return nil
}

// guarded accepts only connections of the user that runs the engine, and of root.
type guarded struct{ net.Listener }

func (g guarded) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if uid, known := peer(conn); known && uid != os.Geteuid() && uid != 0 {
			_ = conn.Close()
			continue
		}
		return conn, nil
	}
}
