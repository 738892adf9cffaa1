// Package startup keeps the garbage collector away while the program starts: nearly all that is read then is kept, and
// whoever started it waits. It imports nothing of Gantry's, so that it is initialized before the large libraries are: Go
// initializes packages in the order of their import paths, each as soon as what it imports is ready.
package startup

import (
	"runtime/debug"
	"time"
)

// For how long, and up to how much memory, nothing is collected.
const (
	calm  = time.Second
	ample = 48 << 20 // bytes
)

func init() {
	usual, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(ample)
	time.AfterFunc(calm, func() {
		debug.SetGCPercent(usual)
		debug.SetMemoryLimit(limit)
	})
}
