// Reads runtime/metrics while others sit in short system calls: from Go 1.26 on the counts of goroutines ask of each P
// whether its thread is in a call, in the way in which it would be taken.
package main

import (
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	counts := []metrics.Sample{{Name: "/sched/goroutines/not-in-go:goroutines"}, {Name: "/sched/goroutines/running:goroutines"}}
	var over atomic.Bool
	var workers sync.WaitGroup
	for range 2 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for !over.Load() {
				short := syscall.Timespec{Nsec: 20_000}
				syscall.Nanosleep(&short, nil)
			}
		}()
	}
	seen := 0
	for i := 0; i < 300 && seen < 20; i++ {
		time.Sleep(30 * time.Microsecond)
		metrics.Read(counts)
		if counts[0].Value.Uint64() > 0 {
			seen++
		}
	}
	over.Store(true)
	workers.Wait()
	println(seen > 0)
}
