// Everybody sleeps for good, two of them wired to their threads, after a thread has ended: the end
// is "all goroutines are asleep".
package main

import (
	"runtime"
	"time"
)

func main() {
	runtime.LockOSThread() // so that no other thread here is the main one
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
	go func() { runtime.LockOSThread() }()
	time.Sleep(2 * time.Millisecond)
	<-c
}
