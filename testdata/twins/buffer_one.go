// Producers and consumers over a buffer of one.
package main

import "sync"

func main() {
	c := make(chan int, 1)
	var producers, consumers sync.WaitGroup
	sums := make([]int, 3)
	for i := range sums {
		consumers.Add(1)
		go func() {
			defer consumers.Done()
			for v := range c {
				sums[i] += v
			}
		}()
	}
	for i := 0; i < 2; i++ {
		producers.Add(1)
		go func() {
			defer producers.Done()
			for k := 1; k <= 25; k++ {
				c <- k
			}
		}()
	}
	producers.Wait()
	close(c)
	consumers.Wait()
	println(sums[0] + sums[1] + sums[2])
}
