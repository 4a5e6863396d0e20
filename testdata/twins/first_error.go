// A group of goroutines of which the first error ends all.
package main

import (
	"sync"
	"time"
)

func main() {
	var wg sync.WaitGroup
	var once sync.Once
	quit := make(chan struct{})
	first, finished := -1, make(chan int, 16)
	for i := 0; i < 9; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; ; k++ {
				if i == 5 && k == 3 {
					once.Do(func() {
						first = i
						close(quit)
					})
					return
				}
				select {
				case <-quit:
					finished <- i
					return
				case <-time.After(time.Duration(i+2) * time.Millisecond):
				}
			}
		}()
	}
	wg.Wait()
	println(first, len(finished))
}
