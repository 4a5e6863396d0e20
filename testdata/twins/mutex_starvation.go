// Waiters that have waited for more than a millisecond get the mutex handed over, in order.
package main

import (
	"sync"
	"time"
)

func main() {
	var mu sync.Mutex
	var wg sync.WaitGroup
	total := 0
	mu.Lock()
	for i := 0; i < 5; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 4; k++ {
				mu.Lock()
				total += i + 1
				if k%2 == 0 {
					time.Sleep(2 * time.Millisecond)
				}
				mu.Unlock()
			}
		}()
	}
	time.Sleep(3 * time.Millisecond)
	mu.Unlock()
	for k := 0; k < 6; k++ {
		mu.Lock()
		total++
		mu.Unlock()
		time.Sleep(500 * time.Microsecond)
	}
	wg.Wait()
	println(total)
}
