// Goroutines that give up the processor while they hold a mutex, and again right after they let go of it.
package main

import (
	"runtime"
	"sync"
)

func main() {
	var mu sync.Mutex
	var wg sync.WaitGroup
	count := 0
	for i := 0; i < 6; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 10; k++ {
				mu.Lock()
				count++
				if (i+k)%3 == 0 {
					runtime.Gosched()
				}
				mu.Unlock()
				if k%4 == 0 {
					runtime.Gosched()
				}
			}
		}()
	}
	wg.Wait()
	println(count)
}
