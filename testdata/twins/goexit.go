// Goexit runs what was deferred, at any depth, and ends only its goroutine.
package main

import (
	"runtime"
	"sync"
)

func down(n int, wg *sync.WaitGroup, c chan int) {
	defer func() {
		if n%4 == 0 {
			c <- n
		}
	}()
	if n == 0 {
		runtime.Goexit()
	}
	if n%3 == 0 {
		runtime.Gosched()
	}
	down(n-1, wg, c)
}

func main() {
	var wg sync.WaitGroup
	c := make(chan int)
	for i := 1; i <= 5; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			down(2*i, &wg, c)
			println("not reached")
		}()
	}
	go func() {
		wg.Wait()
		close(c)
	}()
	sum := 0
	for v := range c {
		sum += v
	}
	println(sum)
}
