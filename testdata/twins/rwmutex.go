// Readers together, writers alone; a waiting writer holds new readers back.
package main

import (
	"runtime"
	"sync"
)

func main() {
	var rw sync.RWMutex
	var wg sync.WaitGroup
	value, bad := 0, 0
	for i := 0; i < 3; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 5; k++ {
				rw.Lock()
				value++
				runtime.Gosched()
				value++
				rw.Unlock()
				runtime.Gosched()
			}
		}()
	}
	var mu sync.Mutex
	for i := 0; i < 5; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 6; k++ {
				rw.RLock()
				if value%2 != 0 {
					mu.Lock()
					bad++
					mu.Unlock()
				}
				if k%2 == i%2 {
					runtime.Gosched()
				}
				rw.RUnlock()
			}
		}()
	}
	wg.Wait()
	println(value, bad)
}
