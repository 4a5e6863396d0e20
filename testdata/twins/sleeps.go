// Goroutines that sleep for different and for equal times.
package main

import (
	"sync"
	"time"
)

func main() {
	var wg sync.WaitGroup
	order := make(chan int, 64)
	for i, ms := range []int{7, 3, 5, 1, 9, 1, 3, 0, 12, 5} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 3; k++ {
				time.Sleep(time.Duration(ms) * time.Millisecond)
				order <- i
			}
		}()
	}
	wg.Wait()
	close(order)
	sum := 0
	for i := range order {
		sum += i
	}
	println(sum)
}
