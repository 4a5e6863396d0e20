// The first goroutine ends before its program: wired to the main thread, which then parks for good.
package main

import "runtime"

func main() {
	runtime.LockOSThread()
	c := make(chan int)
	go func() {
		<-c
		for i := 0; i < 3; i++ {
			runtime.Gosched()
		}
	}()
	go func() { c <- 1 }()
	runtime.Goexit()
}
