// Five philosophers, five mutexes, taken in one order.
package main

import (
	"runtime"
	"sync"
)

func main() {
	var forks [5]sync.Mutex
	var wg sync.WaitGroup
	var meals [5]int
	for i := range forks {
		wg.Add(1)
		go func() {
			defer wg.Done()
			a, b := i, (i+1)%5
			if a > b {
				a, b = b, a
			}
			for k := 0; k < 8; k++ {
				forks[a].Lock()
				runtime.Gosched()
				forks[b].Lock()
				meals[i]++
				runtime.Gosched()
				forks[b].Unlock()
				forks[a].Unlock()
			}
		}()
	}
	wg.Wait()
	println(meals[0] + meals[1] + meals[2] + meals[3] + meals[4])
}
