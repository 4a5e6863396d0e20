// Goroutines that only yield, and some that end between.
package main

import (
	"runtime"
	"sync"
)

func main() {
	var wg sync.WaitGroup
	var turns [9]int
	for i := range turns {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 5+3*i; k++ {
				turns[i]++
				runtime.Gosched()
			}
		}()
	}
	wg.Wait()
	sum := 0
	for _, t := range turns {
		sum += t
	}
	println(sum)
}
