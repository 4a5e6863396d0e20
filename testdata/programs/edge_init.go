// What an initialiser may do with the main thread, which is wired while initialisers run: unlock what was never locked,
// and make and end coroutines, which are wired then, too.
package main

import (
	"iter"
	"runtime"
)

var total int

func counting(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

func init() {
	runtime.UnlockOSThread()
	runtime.UnlockOSThread()
	for wired := range 2 {
		if wired == 1 {
			runtime.LockOSThread()
		}
		next, stop := iter.Pull(counting)
		for range 3 {
			n, _ := next()
			total += n
		}
		stop()
		if wired == 1 {
			runtime.UnlockOSThread()
		}
	}
}

func main() {
	println(total)
}
