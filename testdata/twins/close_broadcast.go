// Closing a channel wakes everybody who waits on it, senders of another one stay.
package main

import "runtime"

func main() {
	start, done, slow := make(chan struct{}), make(chan int), make(chan int, 1)
	for i := 0; i < 10; i++ {
		go func() {
			if i%3 == 0 {
				select {
				case <-start:
				case v := <-slow:
					done <- v
					return
				}
			} else {
				<-start
			}
			done <- i
		}()
	}
	runtime.Gosched()
	close(start)
	sum := 0
	for i := 0; i < 10; i++ {
		sum += <-done
	}
	println(sum)
}
