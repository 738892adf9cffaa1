package process

import (
	"io"
	"sync/atomic"
)

// backlog is how many blocks of readSize may have been read and not yet been passed on: 16 MB. A command that writes faster
// than its lines can be dated and written down is not slowed before that much is.
const backlog = 32

// relay passes on in a goroutine of its own what a drain has read, so that the pipe is emptied while a disk is written to.
type relay struct {
	to     io.Writer
	made   int         // blocks, of backlog at most
	empty  chan []byte // to be read into
	filled chan []byte // to be passed on
	broken atomic.Bool // nothing can be passed on any more…
	err    error       // …because of this; read after ended is closed
	ended  chan struct{}
}

func startRelay(to io.Writer) *relay {
	r := &relay{to: to, empty: make(chan []byte, backlog), filled: make(chan []byte, backlog), ended: make(chan struct{})}
	go r.run()
	return r
}

func (r *relay) run() {
	defer close(r.ended)
	for block := range r.filled {
		if r.err == nil {
			_, r.err = r.to.Write(block)
			r.broken.Store(r.err != nil)
		}
		r.empty <- block[:cap(block)]
	}
}

// block is one to read into. While as many as there may be wait to be passed on, it waits, too.
func (r *relay) block() []byte {
	select {
	case block := <-r.empty:
		return block
	default:
	}
	if r.made < backlog {
		r.made++
		return make([]byte, readSize)
	}
	return <-r.empty
}

// pass takes a block over; false when it is no use, because an earlier one could not be passed on.
func (r *relay) pass(block []byte) bool {
	r.filled <- block
	return !r.broken.Load()
}

// end returns when all was passed on, or why it was not.
func (r *relay) end() error {
	close(r.filled)
	<-r.ended
	return r.err
}
