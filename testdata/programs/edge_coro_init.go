// A coroutine that an initialiser made, on the wired main thread, is continued when main is not wired any more: the
// program ends.
package main

import "iter"

var next, stop = iter.Pull(func(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
})

func init() { next() }

func main() {
	next()
	stop()
}
