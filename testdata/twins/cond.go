// Cond: one at a time by Signal, all by Broadcast.
package main

import (
	"runtime"
	"sync"
)

func main() {
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	var wg sync.WaitGroup
	tokens, open, woken := 0, false, 0
	for i := 0; i < 8; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mu.Lock()
			for tokens == 0 {
				cond.Wait()
			}
			tokens--
			woken++
			for !open {
				cond.Wait()
			}
			mu.Unlock()
		}()
	}
	runtime.Gosched()
	for i := 0; i < 8; i++ {
		mu.Lock()
		tokens++
		cond.Signal()
		if i%2 == 1 {
			cond.Broadcast()
		}
		mu.Unlock()
		runtime.Gosched()
	}
	for {
		mu.Lock()
		all := woken == 8
		mu.Unlock()
		if all {
			break
		}
		cond.Broadcast()
		runtime.Gosched()
	}
	mu.Lock()
	open = true
	cond.Broadcast()
	mu.Unlock()
	wg.Wait()
	println(tokens, woken)
}
