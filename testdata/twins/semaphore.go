// A buffered channel bounds how many goroutines are inside at once.
package main

import "runtime"

func main() {
	slots, done := make(chan struct{}, 3), make(chan int)
	inside := make(chan int, 1) // a counter under the lock that this channel is
	inside <- 0
	for i := 0; i < 12; i++ {
		go func() {
			slots <- struct{}{}
			n := <-inside + 1
			inside <- n
			most := n
			for k := 0; k < i%4; k++ {
				runtime.Gosched()
			}
			inside <- <-inside - 1
			<-slots
			done <- most
		}()
	}
	ok := true
	for i := 0; i < 12; i++ {
		if <-done > 3 {
			ok = false
		}
	}
	println(ok, len(slots), <-inside)
}
