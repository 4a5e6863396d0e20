// More goroutines than a local queue holds: half of it moves to the global one, again and again.
package main

import "sync"

func main() {
	var wg sync.WaitGroup
	n := make([]int, 700)
	wg.Add(len(n))
	for i := range n {
		go func() {
			n[i] = i
			wg.Done()
		}()
	}
	wg.Wait()
	sum := 0
	for _, v := range n {
		sum += v
	}
	println(sum)
}
