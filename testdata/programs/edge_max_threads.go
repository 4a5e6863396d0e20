// SetMaxThreads at its edges: more than fit into 32 bits, and just as many as there are.
package main

import (
	"runtime"
	"runtime/debug"
	"runtime/pprof"
)

func main() {
	println(debug.SetMaxThreads(1 << 40))
	println(debug.SetMaxThreads(1<<31 - 1))
	println(debug.SetMaxThreads(1 << 31))
	runtime.LockOSThread() // the template thread
	for range 3 {
		threads := pprof.Lookup("threadcreate").Count()
		debug.SetMaxThreads(threads)
		debug.SetMaxThreads(10000)
	}
	println(debug.SetMaxThreads(0x7fffffff))
}
