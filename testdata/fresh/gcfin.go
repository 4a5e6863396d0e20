// Finalizers that collect and revive, cleanups that start goroutines, under a memory limit.
package main

import (
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

type T struct {
	p *T
	b [64]byte
}

var mu sync.Mutex
var back *T
var sink []byte

func main() {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(8 << 20)
	var wg sync.WaitGroup
	for i := 0; i < 3; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 3000; k++ {
				x := &T{}
				if k%10 == 0 {
					runtime.SetFinalizer(x, func(x *T) {
						mu.Lock()
						back = x // alive again
						mu.Unlock()
						if k%100 == 0 {
							runtime.GC()
						}
					})
				}
				if k%10 == 5 {
					runtime.AddCleanup(x, func(c chan int) {
						go func() { c <- 1 }()
						<-c
						time.Sleep(time.Microsecond)
					}, make(chan int))
				}
				sink = make([]byte, 2000)
			}
		}()
	}
	wg.Wait()
	time.Sleep(2 * time.Millisecond)
}
