package process

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	pipeSize = 1 << 20 // what a pipe may hold without privileges
	readSize = 512 << 10
	flood    = 32 << 10 // so many bytes without a pause are more than anybody reads as they come
	pause    = time.Millisecond
	shortest = 50 * time.Microsecond // a nap is not worth less…
	longest  = 2 * time.Millisecond  // …and nobody notices so much
)

// drain takes what a command writes out of its pipe without slowing it down. Who writes a line at a time would wake its
// reader for every one, and share the processor with it: while output floods, it is left to gather in a pipe that is large
// enough for that. What comes slowly is passed on at once, so that standard output and error keep their order.
//
// The pipe is read by system calls alone. Go's own reading watches it with epoll, which the kernel tells of every write.
type drain struct {
	pipe    int // to be read without waiting
	stop    int // can be read when there is no more to wait for
	stopped *atomic.Bool
	holds   int // bytes, when it is full
	to      io.Writer
}

// run reads until nobody can write to the pipe any more.
func (d *drain) run() error {
	defer unix.Close(d.pipe)
	block := make([]byte, 16<<10)
	last, burst := time.Now(), 0
	for !d.stopped.Load() {
		got, paused, err := d.read(block)
		if err != nil || got == 0 {
			return err
		}
		begun := time.Now()
		if _, err := d.to.Write(block[:got]); err != nil {
			return err
		}
		if paused {
			burst = 0
		}
		if burst += got; burst >= flood {
			if len(block) < readSize {
				block = make([]byte, readSize)
			}
			if got < min(len(block), d.holds/2) {
				d.gather(got, begun.Sub(last), time.Since(begun))
			}
		}
		last = begun
	}
	return nil
}

// read reads what is there as soon as there is something, and tells whether that took a while; nothing is the end.
func (d *drain) read(block []byte) (got int, paused bool, err error) {
	for !d.stopped.Load() {
		got, err = unix.Read(d.pipe, block)
		switch {
		case err == nil:
			return got, paused, nil
		case errors.Is(err, unix.EINTR):
			continue
		case !errors.Is(err, unix.EAGAIN):
			return 0, paused, fmt.Errorf("read what a command writes: %w", err)
		}
		idle := time.Now()
		if err := d.wait(); err != nil {
			return 0, paused, err
		}
		paused = paused || time.Since(idle) >= pause
	}
	return 0, paused, nil
}

// wait waits until there is something to read.
func (d *drain) wait() error {
	ready := []unix.PollFd{{Fd: int32(d.pipe), Events: unix.POLLIN}, {Fd: int32(d.stop), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(ready, -1)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("wait for what a command writes: %w", err)
		}
		return nil
	}
}

// gather leaves the pipe alone until an eighth of it should be full, as fast as it was filled since the last time. The rest
// is for what comes while that is taken out: a command that finds its pipe full would wait. in is what got took to come in,
// and spent what was spent on it since.
func (d *drain) gather(got int, in, spent time.Duration) {
	nap := min(time.Duration(float64(in)*float64(d.holds/8)/float64(got))-spent, longest)
	if nap < shortest {
		return
	}
	rest := unix.NsecToTimespec(int64(nap)) // Go's own timers are no finer than a millisecond when nothing else goes on
	_ = unix.Nanosleep(&rest, nil)
}
