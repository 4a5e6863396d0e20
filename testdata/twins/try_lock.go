// TryLock beside Lock.
package main

import (
	"runtime"
	"sync"
)

func main() {
	var mu sync.Mutex
	var rw sync.RWMutex
	var wg sync.WaitGroup
	n, m := 0, 0 // under mu, under rw
	for i := 0; i < 5; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 6; k++ {
				for !mu.TryLock() {
					runtime.Gosched()
				}
				n++
				runtime.Gosched()
				mu.Unlock()
				if k%2 == 0 {
					for !rw.TryLock() {
						runtime.Gosched()
					}
					m += 10
					runtime.Gosched()
					rw.Unlock()
				} else {
					for !rw.TryRLock() {
						runtime.Gosched()
					}
					runtime.Gosched()
					rw.RUnlock()
				}
			}
		}()
	}
	wg.Wait()
	println(n + m)
}
