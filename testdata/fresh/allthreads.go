// A system call on all threads, which stops the world in a way of its own.
package main

import (
	"runtime"
	"sync"
	"syscall"
	"time"
)

func main() {
	var wg sync.WaitGroup
	stop := make(chan bool)
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if i%2 == 0 {
				runtime.LockOSThread()
			}
			for {
				select {
				case <-stop:
					return
				default:
				}
				ts := syscall.Timespec{Nsec: 50000}
				syscall.Nanosleep(&ts, nil)
				for k := 0; k < 1000; k++ {
				}
			}
		}()
	}
	for i := 0; i < 30; i++ {
		syscall.AllThreadsSyscall(syscall.SYS_PRCTL, 8, uintptr(i%2), 0) // PR_SET_KEEPCAPS
		if i%5 == 0 {
			syscall.Setgid(syscall.Getgid())
		}
		time.Sleep(100 * time.Microsecond)
		if i%7 == 3 {
			runtime.GC()
		}
	}
	close(stop)
	wg.Wait()
}
