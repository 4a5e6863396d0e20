// Coroutines: iterators that are pulled to their end, left early, and pulled from a wired thread.
package main

import (
	"iter"
	"runtime"
	"sync"
)

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n; i++ {
			if i == 3 {
				runtime.Gosched()
			}
			if !yield(i) {
				return
			}
		}
	}
}

func pull(n, stopAt int) {
	next, stop := iter.Pull(count(n))
	for i := 0; i < stopAt; i++ {
		if _, ok := next(); !ok {
			break
		}
	}
	stop()
}

func main() {
	var all sync.WaitGroup
	for i := 0; i < 6; i++ {
		all.Add(1)
		go func() {
			if i%2 == 1 {
				runtime.LockOSThread()
			}
			pull(10, 20)
			pull(10, 5)
			if i == 3 {
				runtime.UnlockOSThread()
			}
			all.Done()
		}()
	}
	all.Wait()
}
