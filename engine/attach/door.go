package attach

import (
	"context"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// lookAtDoor is how often the engine looks whether its socket is still where it put it: somebody may have cleaned up.
const lookAtDoor = time.Second

// door is the socket that an engine is found by.
type door struct {
	state  string
	server *http.Server
	open   guarded
	file   os.FileInfo
	served sync.WaitGroup
}

// openDoor makes the socket.
func openDoor(state string) (*door, error) {
	d := &door{state: state}
	return d, d.make()
}

func (d *door) make() error {
	listener, err := listen(d.state)
	if err != nil {
		return err
	}
	file, err := os.Stat(listener.Addr().String())
	if err != nil {
		_ = listener.Close()
		return err
	}
	d.open, d.file = listener, file
	return nil
}

// serve lets everybody in who comes, until the server is shut down.
func (d *door) serve(server *http.Server) {
	d.server = server
	listener := d.open
	d.served.Go(func() { _ = server.Serve(listener) }) // ends with Close, and says so
}

// stands makes the socket again whenever it is gone, until ctx ends. Who is inside already stays.
func (d *door) stands(ctx context.Context) {
	look := time.NewTicker(lookAtDoor)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if now, err := os.Stat(d.open.Addr().String()); err == nil && os.SameFile(now, d.file) {
			continue
		}
		before := d.open
		if d.make() == nil { // else the next look tries again
			if old, ok := before.Listener.(*net.UnixListener); ok {
				old.SetUnlinkOnClose(false) // the path is the new one's
			}
			d.serve(d.server)
		}
	}
}
