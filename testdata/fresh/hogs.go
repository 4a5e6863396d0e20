// Goroutines that compute, one of them wired, while dumps and collections stop the world.
package main

import (
	"runtime"
	"sync"
	"time"
)

var x [16]int

func main() {
	var wg sync.WaitGroup
	end := time.Now().Add(120 * time.Millisecond)
	for i := 0; i < 6; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if i == 5 {
				runtime.LockOSThread()
			}
			for time.Now().Before(end) {
				for k := 0; k < 5000000; k++ {
					x[i] += k
				}
			}
		}()
	}
	for time.Now().Before(end) {
		time.Sleep(time.Millisecond)
		runtime.GC()
		debugStack()
	}
	wg.Wait()
}

func debugStack() {
	b := make([]byte, 4096)
	runtime.Stack(b, true)
	runtime.NumGoroutine()
	var r [10]runtime.StackRecord
	runtime.GoroutineProfile(r[:])
}
