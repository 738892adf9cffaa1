// Package startup keeps the garbage collector away while the program starts: nearly all that is read then is kept, and
// whoever started it waits. It imports nothing, so that it is initialized before all others: Go initializes packages in
// the order of their import paths, each as soon as what it imports is ready.
package startup

import "runtime"

// Calm is for how long nothing is collected, in nanoseconds, unless more than ample memory is in use.
const Calm = 500_000_000

// ample is in bytes.
const ample = 24 << 20

// ballast counts as memory in use, and the collector goes about when there is twice as much as the last time. Nobody
// touches it, so that the system need not find any.
var ballast = make([]byte, ample)

// Over lets the collector do again as it usually does.
func Over() {
	runtime.KeepAlive(ballast)
	ballast = nil
	runtime.GC()
}
