// Stops of the world and calls on every P, again and again, while Ps are handed off: goroutines wired
// to threads that sleep, long system calls, queues that fill and empty.
package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var sink int

func compute(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		sink++
	}
}

func block(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	syscall.Nanosleep(&t, nil)
}

func main() {
	var all sync.WaitGroup
	var stop atomic.Bool
	loop := func(body func()) {
		all.Add(1)
		go func() {
			for !stop.Load() {
				body()
			}
			all.Done()
		}()
	}
	a, b := make(chan int), make(chan int)
	all.Add(2)
	go func() {
		runtime.LockOSThread()
		for v := range a {
			b <- v
		}
		close(b)
		all.Done()
	}()
	go func() {
		runtime.LockOSThread()
		for !stop.Load() {
			a <- 1
			<-b
			compute(5 * time.Microsecond)
		}
		close(a)
		all.Done()
	}()
	loop(func() { block(2 * time.Millisecond) })
	loop(func() {
		runtime.LockOSThread()
		time.Sleep(100 * time.Microsecond)
		runtime.UnlockOSThread()
		compute(20 * time.Microsecond)
	})
	loop(func() {
		compute(30 * time.Microsecond)
		time.Sleep(50 * time.Microsecond)
	})
	var stats runtime.MemStats
	for i := 0; i < 700; i++ {
		runtime.ReadMemStats(&stats)
		compute(10 * time.Microsecond)
		if i%70 == 0 {
			runtime.GC()
		}
		if i%20 == 0 {
			time.Sleep(200 * time.Microsecond)
		}
	}
	stop.Store(true)
	all.Wait()
}
