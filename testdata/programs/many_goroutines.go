// A hundred thousand goroutines at a time: the dead ones are kept for later,
// handed from a full processor to all, and their stacks are given back.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

func main() {
	var ran, want atomic.Int64
	for _, n := range []int{100_000, 5000, 5000} {
		want.Add(int64(n))
		var wg sync.WaitGroup
		gate := make(chan bool)
		for range n {
			wg.Add(1)
			go func() {
				defer wg.Done()
				<-gate
				ran.Add(1)
			}()
		}
		close(gate)
		wg.Wait()
		runtime.GC()
		if ran.Load() != want.Load() {
			fmt.Println("ran", ran.Load())
			os.Exit(1)
		}
	}
	fmt.Println("ran", ran.Load())
}
