package proxy

import (
	"io"
	"net"
	"time"
)

// dialTime bounds how long the far end of a relay may take to answer.
const dialTime = 10 * time.Second

// Relay passes on every connection to another address, byte by byte, until the listener is closed.
func Relay(l net.Listener, to string) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		go pass(near, to)
	}
}

func pass(near net.Conn, to string) {
	defer near.Close()
	far, err := net.DialTimeout("tcp", to, dialTime)
	if err != nil {
		return // who asked sees its connection end
	}
	defer far.Close()
	over := make(chan struct{}, 2)
	for _, way := range []struct{ from, to net.Conn }{{near, far}, {far, near}} {
		go func() {
			_, _ = io.Copy(way.to, way.from)
			if half, ok := way.to.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			}
			over <- struct{}{}
		}()
	}
	<-over
	<-over
}
