// A coroutine that was made by a goroutine without a wire is continued when it has one: the program ends.
package main

import (
	"iter"
	"runtime"
)

func main() {
	next, stop := iter.Pull(func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	})
	next()
	runtime.LockOSThread()
	next()
	stop()
}
