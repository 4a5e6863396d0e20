// Cleanups of many objects, forced collections, and goroutines that compute meanwhile: from Go 1.25 on cleanups run on
// goroutines of their own, and while the collector marks Ps start with mark workers.
package main

import (
	"runtime"
	"sync"
	"sync/atomic"
)

type node struct {
	next *node
	data [64]byte
}

var (
	cleaned atomic.Int64
	sink    *node
)

func litter(n int) {
	for range n {
		p := &node{}
		runtime.AddCleanup(p, func(int) { cleaned.Add(1) }, 0)
	}
}

func main() {
	stop := make(chan bool)
	var wg sync.WaitGroup
	for range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				var list *node
				for range 200 {
					list = &node{next: list}
				}
				sink = list
			}
		}()
	}
	for range 3 {
		litter(40)
		runtime.GC()
	}
	for i := 0; cleaned.Load() == 0 && i < 20; i++ {
		runtime.GC()
		runtime.Gosched()
	}
	close(stop)
	wg.Wait()
	println(cleaned.Load() > 0)
}
