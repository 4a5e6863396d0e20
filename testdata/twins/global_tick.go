// Every 61st turn the global queue comes first, although the local one is never empty.
package main

import "runtime"

func main() {
	// A pair that keeps the local queue busy.
	a, b := make(chan int, 1), make(chan int, 1)
	stop := make(chan bool)
	for _, pair := range [][2]chan int{{a, b}, {b, a}} {
		go func() {
			for v := range pair[0] {
				if v == 0 {
					close(stop)
					return
				}
				pair[1] <- v - 1
			}
		}()
	}
	// Some that come from the global queue.
	done := make(chan int)
	for i := 0; i < 3; i++ {
		go func() {
			n := 0
			for k := 0; k < 4; k++ {
				runtime.Gosched()
				n++
			}
			done <- n
		}()
	}
	// And more that push each other out of runnext.
	for i := 0; i < 2; i++ {
		c := make(chan int)
		go func() {
			for v := range c {
				_ = v
			}
			done <- 0
		}()
		go func() {
			for k := 0; k < 100; k++ {
				c <- k
			}
			close(c)
		}()
	}
	a <- 300
	sum := 0
	for i := 0; i < 5; i++ {
		sum += <-done
	}
	<-stop
	println(sum)
}
