// A Pool of buffers between goroutines.
package main

import (
	"runtime"
	"sync"
)

func main() {
	var mu sync.Mutex
	pool := sync.Pool{New: func() any { return new([16]int) }}
	var wg sync.WaitGroup
	sum := 0
	for i := 0; i < 8; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 5; k++ {
				b := pool.Get().(*[16]int)
				b[k] = i
				if k%2 == 0 {
					runtime.Gosched()
				}
				mu.Lock()
				sum += b[k]
				mu.Unlock()
				pool.Put(b)
			}
		}()
	}
	wg.Wait()
	println(sum)
}
