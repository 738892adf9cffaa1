package proxy

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
)

// Kept ports lie below the ranges that Linux and macOS take the near end of outgoing connections from: a port that is
// free now is not taken by somebody's passing connection while its owner restarts.
const (
	firstPort = 20000
	lastPort  = 29999
)

// Listen listens on a port of 127.0.0.1; 0 picks a free one that can be kept.
func Listen(port int) (net.Listener, error) {
	if port != 0 {
		return listen(port)
	}
	for range 100 {
		l, err := listen(firstPort + rand.IntN(lastPort-firstPort+1))
		if err == nil || !errors.Is(err, syscall.EADDRINUSE) {
			return l, err
		}
	}
	return listen(0)
}

// FreePort finds a port that a service can be told to listen on. Somebody else may take it first: see Free.
func FreePort() (int, error) {
	l, err := Listen(0)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return PortOf(l), nil
}

// Free tells whether nobody listens on the port.
func Free(port int) bool {
	l, err := listen(port)
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

// PortOf is the port of a listener.
func PortOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func listen(port int) (net.Listener, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("listen on 127.0.0.1:%d: %w", port, err)
	}
	return l, nil
}
