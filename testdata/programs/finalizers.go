// Finalizers and cleanups, run by a goroutine that the collector wakes through
// the scheduler.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

type thing struct{ data [4]int }

func main() {
	const n = 2000
	var finalized, cleaned atomic.Int64
	for range n {
		runtime.SetFinalizer(new(thing), func(*thing) {
			if finalized.Add(1)%100 == 0 {
				time.Sleep(time.Millisecond)
			}
		})
		runtime.AddCleanup(new(thing), func(int) { cleaned.Add(1) }, 0)
	}
	for range 200 {
		runtime.GC()
		if finalized.Load() == n && cleaned.Load() == n {
			fmt.Println("all finalized")
			return
		}
		time.Sleep(time.Millisecond)
	}
	fmt.Println("finalized", finalized.Load(), "cleaned", cleaned.Load(), "of", n)
	os.Exit(1)
}
