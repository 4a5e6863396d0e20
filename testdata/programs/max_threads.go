// More threads than allowed: the limit is changed a few times, and then a
// program that wants more dies with status 2.
package main

import (
	"runtime"
	"runtime/debug"
	"sync"
)

func main() {
	debug.SetMaxThreads(10000)
	debug.SetMaxThreads(30)
	var wg sync.WaitGroup
	for range 40 {
		wg.Add(1)
		go func() {
			runtime.LockOSThread()
			wg.Done()
			select {}
		}()
	}
	wg.Wait()
}
