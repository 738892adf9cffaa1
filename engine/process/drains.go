package process

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// lingering is how long a command's pipes may stay open after its end: a grandchild that left the group does not keep us.
const lingering = time.Second

// drains takes out of its pipes what one command writes.
type drains struct {
	all     []*drain
	theirs  []*os.File // the ends that the command writes to
	stop    int        // an eventfd, set together with stopped
	stopped atomic.Bool
	ended   chan error // of each
}

// draining makes the pipes for a command's standard output and error. For the same writer they are one, and a file is
// written to directly.
func draining(out, err io.Writer) (d *drains, stdout, stderr io.Writer, failed error) {
	d = &drains{ended: make(chan error, 2)}
	if d.stop, failed = unix.Eventfd(0, unix.EFD_CLOEXEC); failed != nil {
		return nil, nil, nil, fmt.Errorf("make what stops the reading of a command's output: %w", failed)
	}
	same := out != nil && err != nil && reflect.TypeOf(out).Comparable() && reflect.TypeOf(out) == reflect.TypeOf(err) && out == err
	if stdout, failed = d.file(out); failed == nil {
		if stderr = stdout; !same {
			stderr, failed = d.file(err)
		}
	}
	if failed != nil {
		d.abandon()
		return nil, nil, nil, failed
	}
	return d, stdout, stderr, nil
}

// file is what a command can write to for a writer; none for no writer.
func (d *drains) file(w io.Writer) (io.Writer, error) {
	if _, file := w.(*os.File); file || w == nil {
		return w, nil
	}
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("make a pipe for a command's output: %w", err)
	}
	theirs := os.NewFile(uintptr(ends[1]), "|1")
	d.theirs = append(d.theirs, theirs)
	mine := &drain{pipe: ends[0], stop: d.stop, stopped: &d.stopped, to: w}
	d.all = append(d.all, mine)
	_, _ = unix.FcntlInt(uintptr(mine.pipe), unix.F_SETPIPE_SZ, pipeSize) // refused, it works as it is
	var err error
	if mine.holds, err = unix.FcntlInt(uintptr(mine.pipe), unix.F_GETPIPE_SZ, 0); err != nil {
		return nil, fmt.Errorf("look at a pipe for a command's output: %w", err)
	}
	if err := unix.SetNonblock(mine.pipe, true); err != nil {
		return nil, fmt.Errorf("prepare a pipe for a command's output: %w", err)
	}
	return theirs, nil
}

// abandon closes everything of a command that did not start.
func (d *drains) abandon() {
	d.release()
	for _, each := range d.all {
		_ = unix.Close(each.pipe)
	}
	_ = unix.Close(d.stop)
}

// release closes the command's ends, of which it has its own now.
func (d *drains) release() {
	for _, file := range d.theirs {
		_ = file.Close()
	}
}

// start begins to read.
func (d *drains) start() {
	d.release()
	for _, each := range d.all {
		go func() { d.ended <- each.run() }()
	}
}

// finish returns when all has been read of a command that has ended, and whether it could be passed on.
func (d *drains) finish() error {
	defer unix.Close(d.stop)
	patience := time.NewTimer(lingering)
	defer patience.Stop()
	var failed error
	for range d.all {
		select {
		case err := <-d.ended:
			failed = errors.Join(failed, err)
		case <-patience.C:
			d.stopped.Store(true)
			_, _ = unix.Write(d.stop, []byte{1, 0, 0, 0, 0, 0, 0, 0})
			failed = errors.Join(failed, <-d.ended)
		}
	}
	return failed
}
