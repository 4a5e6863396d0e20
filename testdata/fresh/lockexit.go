// Wired goroutines that end with and without their wire, by return and Goexit, while GOMAXPROCS changes.
package main

import (
	"runtime"
	"sync"
	"syscall"
	"time"
)

func main() {
	var wg sync.WaitGroup
	for round := 0; round < 20; round++ {
		ch := make(chan int)
		for i := 0; i < 10; i++ {
			wg.Add(1)
			go func() {
				defer wg.Done()
				runtime.LockOSThread()
				if i%3 == 0 {
					runtime.LockOSThread()
					runtime.UnlockOSThread()
				}
				syscall.Gettid()
				if i%2 == 0 {
					ch <- i
				} else {
					<-ch
				}
				switch i % 4 {
				case 0:
					runtime.UnlockOSThread()
				case 1:
					runtime.Goexit()
				case 2:
					time.Sleep(100 * time.Microsecond)
				}
			}()
		}
		wg.Wait()
		if round%5 == 2 {
			runtime.GC()
		}
		if round%6 == 5 {
			runtime.GOMAXPROCS(round%4 + 1)
		}
	}
}
