// AfterFunc: each call is a goroutine of its own; chains, and one that is stopped in time.
package main

import (
	"sync"
	"time"
)

func main() {
	var wg sync.WaitGroup
	var mu sync.Mutex
	calls := 0
	var chain func(n int)
	chain = func(n int) {
		mu.Lock()
		calls++
		mu.Unlock()
		if n == 0 {
			wg.Done()
			return
		}
		time.AfterFunc(time.Millisecond, func() { chain(n - 1) })
	}
	for i := 0; i < 4; i++ {
		wg.Add(1)
		time.AfterFunc(time.Duration(i)*time.Millisecond, func() { chain(5) })
	}
	never := time.AfterFunc(time.Hour, func() { println("called") })
	wg.Wait()
	println(calls, never.Stop(), never.Stop())
}
