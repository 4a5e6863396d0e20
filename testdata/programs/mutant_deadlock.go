// Everybody sleeps for good, one of them wired to its thread: the end is "all goroutines are asleep".
package main

import "runtime"

func main() {
	c := make(chan int)
	for i := 0; i < 3; i++ {
		go func() {
			if i == 1 {
				runtime.LockOSThread()
			}
			if i == 2 {
				return
			}
			<-c
		}()
	}
	runtime.Gosched()
	<-c
}
