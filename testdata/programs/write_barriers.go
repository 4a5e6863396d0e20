// Thousands of timers come due while the collector begins to mark. Their callbacks make goroutines on a thread's own
// stack: write barriers in the middle of newproc1 fill their buffer, and ask for mark workers.
package main

import (
	"runtime"
	"sync"
	"time"
)

func main() {
	var due sync.WaitGroup
	due.Add(6000)
	for range 6000 {
		time.AfterFunc(5*time.Millisecond, due.Done)
	}
	go runtime.GC()
	time.Sleep(5 * time.Millisecond)
	go runtime.GC()
	due.Wait()
}
