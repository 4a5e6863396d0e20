// Jobs for four workers, results to one collector.
package main

import (
	"runtime"
	"sync"
)

func main() {
	jobs, results := make(chan int, 8), make(chan int, 2)
	var wg sync.WaitGroup
	for w := 0; w < 4; w++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range jobs {
				if j%7 == w {
					runtime.Gosched()
				}
				results <- j * j
			}
		}()
	}
	go func() {
		for i := 1; i <= 60; i++ {
			jobs <- i
		}
		close(jobs)
	}()
	go func() {
		wg.Wait()
		close(results)
	}()
	sum, n := 0, 0
	for r := range results {
		sum += r
		n++
	}
	println(n, sum)
}
