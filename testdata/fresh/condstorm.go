// Condition variables by turns, locks, pools, and contexts that end.
package main

import (
	"context"
	"sync"
	"sync/atomic"
)

func main() {
	var mu sync.Mutex
	c := sync.NewCond(&mu)
	turn, done := 0, 0
	var wg sync.WaitGroup
	for i := 0; i < 20; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 20; k++ {
				mu.Lock()
				for turn%20 != i {
					c.Wait()
				}
				turn++
				done++
				if k%2 == 0 {
					c.Broadcast()
				} else {
					c.Broadcast()
					c.Signal()
				}
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	var rw sync.RWMutex
	var once sync.Once
	var m sync.Map
	pool := sync.Pool{New: func() any { return new([64]byte) }}
	var x atomic.Int64
	ctx, cancel := context.WithCancel(context.Background())
	for i := 0; i < 16; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			cx, cn := context.WithCancel(ctx)
			defer cn()
			context.AfterFunc(cx, func() { x.Add(1) })
			for k := 0; k < 100; k++ {
				if k%10 == 0 {
					rw.Lock()
					once.Do(func() {})
					rw.Unlock()
				} else {
					rw.RLock()
					m.Store(k, i)
					b := pool.Get()
					pool.Put(b)
					rw.RUnlock()
				}
			}
			<-cx.Done()
		}()
	}
	for x.Load() == 0 {
		mu.Lock()
		mu.Unlock()
		cancel()
	}
	wg.Wait()
}
