// The world stops while every thread is in a system call and some left work on their processors: the start has to make
// threads for it, for none is idle.
package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

func call(ms int64) {
	t := syscall.Timespec{Nsec: ms * 1_000_000}
	syscall.Nanosleep(&t, nil)
}

func main() {
	for range 8 {
		var all sync.WaitGroup
		for range 3 {
			all.Add(1)
			go func() { defer all.Done(); call(8) }()
		}
		call(2) // the calls have begun, and every other thread has found nothing to do
		var left atomic.Bool
		all.Add(2)
		go func() {
			defer all.Done()
			go all.Done()
			left.Store(true)
			call(4)
		}()
		for !left.Load() {
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		all.Wait()
	}
}
