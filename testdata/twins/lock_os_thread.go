// Goroutines wired to their threads pass a token: each step is a hand-over between threads.
package main

import "runtime"

func main() {
	ping, pong := make(chan int), make(chan int)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for v := range ping {
			pong <- v + 1
		}
		close(pong)
	}()
	runtime.LockOSThread()
	v := 0
	for i := 0; i < 20; i++ {
		ping <- v
		v = <-pong
		if i%5 == 0 {
			runtime.Gosched()
		}
	}
	runtime.UnlockOSThread()
	for i := 0; i < 10; i++ {
		ping <- v
		v = <-pong
	}
	close(ping)
	<-pong
	println(v)
}
