//go:build !linux

package attach

import "net"

// peer cannot be told here: the directory of the socket, which nobody else may enter, has to do.
func peer(net.Conn) (uid int, known bool) { return 0, false }
