// Every 61st turn the global queue comes first, although the local one is never empty.
package main

import "runtime"

func main() {
	// A hub that wakes four workers in each round keeps the local queue busy: three of the four start from there.
	var work [4]chan int
	answers, done := make(chan int, 4), make(chan int)
	for i := range work {
		work[i] = make(chan int)
		go func() {
			for v := range work[i] {
				answers <- v + i
			}
		}()
	}
	go func() {
		sum := 0
		for r := 0; r < 90; r++ {
			for _, w := range work {
				w <- r
			}
			for range work {
				sum += <-answers
			}
		}
		done <- sum
	}()
	// Two that come from the global queue.
	for i := 0; i < 2; i++ {
		go func() {
			n := 0
			for k := 0; k < 2; k++ {
				runtime.Gosched()
				n++
			}
			done <- n
		}()
	}
	println(<-done + <-done + <-done)
}
