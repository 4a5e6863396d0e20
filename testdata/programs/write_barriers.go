// Every processor has thousands of timers that are due when a collection starts. Their callbacks make goroutines, on the
// threads' own stacks and before any processor looks for mark workers: write barriers in the middle of newproc1 fill
// their buffers, and ask for workers.
package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	const timers = 1500
	procs := runtime.GOMAXPROCS(0)
	var due, all sync.WaitGroup
	due.Add(procs * timers)
	var ready atomic.Int32
	var over atomic.Bool
	start := func() {
		for range timers {
			time.AfterFunc(3*time.Millisecond, due.Done)
		}
		for ready.Add(1); int(ready.Load()) < procs; {
		}
		for end := time.Now().Add(4 * time.Millisecond); time.Now().Before(end); {
		}
	}
	for range procs - 1 {
		all.Add(1)
		go func() {
			defer all.Done()
			start()
			for !over.Load() {
			}
		}()
	}
	start()
	go func() { over.Store(true) }()
	runtime.GC()
	due.Wait()
	all.Wait()
}
