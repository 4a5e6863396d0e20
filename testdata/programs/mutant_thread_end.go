// Threads that end with their goroutine while there is work in its queue and no idle thread to take
// it: the thread that ends has to make its successor.
package main

import (
	"runtime"
	"sync"
	"syscall"
	"time"
)

func block(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	syscall.Nanosleep(&t, nil)
}

func main() {
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		all.Add(4)
		go func() {
			runtime.LockOSThread()
			for k := 0; k < 4; k++ {
				go func() {
					block(3 * time.Millisecond)
					all.Done()
				}()
			}
		}()
		runtime.Gosched()
	}
	all.Wait()
}
