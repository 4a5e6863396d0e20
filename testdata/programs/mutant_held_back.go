// System calls that end during a collection for which all user goroutines are held back (GODEBUG=gcstoptheworld=1): who
// gets a P at once must yield it all the same.
package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

func main() {
	var done atomic.Bool
	var sleepers sync.WaitGroup
	garbage := make([][]byte, 200)
	for range 8 {
		sleepers.Add(1)
		go func() {
			defer sleepers.Done()
			nap := syscall.Timespec{Nsec: 50_000}
			for !done.Load() {
				_ = syscall.Nanosleep(&nap, nil)
			}
		}()
	}
	for i := range 12 {
		garbage[i] = make([]byte, 100_000)
		runtime.GC()
	}
	done.Store(true)
	sleepers.Wait()
	runtime.KeepAlive(garbage)
}
