// A goroutine comes back from a system call when all processors are taken, and one is given up before it stands in the
// queue, while the monitor rests: who finds that processor wakes the monitor.
package main

import (
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	var over atomic.Bool
	end := make(chan int)
	for n := range 2 {
		go func() {
			for range 60 {
				t := syscall.Timespec{Nsec: 150_000}
				syscall.Nanosleep(&t, nil)
			}
			over.Store(true)
			end <- n
		}()
	}
	go func() {
		for !over.Load() {
			for start := time.Now(); time.Since(start) < 400*time.Microsecond; {
			}
			time.Sleep(4 * time.Millisecond)
		}
	}()
	<-end
	<-end
}
