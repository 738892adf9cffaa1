package process

import "syscall"

// Settle is called when files that may be run have been written and closed. A child that was forked meanwhile holds them
// open for writing until it has become its program, and until then running them fails with "text file busy". A fork is
// over when the lock that Go holds over it is free.
func Settle() {
	syscall.ForkLock.Lock()
	defer syscall.ForkLock.Unlock()
}
