// Two goroutines wire their threads at once, and nobody has before: both may start the template thread.
package main

import (
	"runtime"
	"sync/atomic"
)

func main() {
	var there atomic.Int32
	done := make(chan bool)
	for range 2 {
		go func() {
			there.Add(1)
			for there.Load() < 2 {
			}
			runtime.LockOSThread()
			runtime.UnlockOSThread()
			done <- true
		}()
	}
	<-done
	<-done
}
