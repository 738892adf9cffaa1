package attach

import (
	"net"

	"golang.org/x/sys/unix"
)

// peer is the user at the other end of a Unix socket.
func peer(conn net.Conn) (uid int, known bool) {
	socket, isUnix := conn.(*net.UnixConn)
	if !isUnix {
		return 0, false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0, false
	}
	var credentials *unix.Ucred
	if raw.Control(func(fd uintptr) {
		credentials, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}) != nil || err != nil {
		return 0, false
	}
	return int(credentials.Uid), true
}
