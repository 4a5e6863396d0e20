// The garbage collector at work: collections that are asked for, collections
// that allocation starts, memory given back, and goroutines with stacks that
// have to be scanned while they run.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
)

type node struct {
	left, right *node
	pad         [6]uint64
}

func tree(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{left: tree(depth - 1), right: tree(depth - 1)}
}

func (n *node) count() int {
	if n == nil {
		return 0
	}
	return 1 + n.left.count() + n.right.count()
}

// deep grows the stack and then works there without a call.
func deep(n int, sum *uint64) {
	var pad [128]byte
	pad[n%128] = byte(n)
	if n > 0 {
		deep(n-1, sum)
		*sum += uint64(pad[n%128])
		return
	}
	x := uint64(1)
	for range 40_000_000 {
		x = x*6364136223846793005 + 1442695040888963407
	}
	*sum += x
}

func main() {
	debug.SetGCPercent(50)
	var wg sync.WaitGroup
	long := tree(16)
	for range 4 {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for range 25 {
				if n := tree(12).count(); n != 1<<13-1 {
					fmt.Println("tree of", n)
					os.Exit(1)
				}
			}
		}()
		go func() {
			defer wg.Done()
			var sum uint64
			deep(300, &sum)
		}()
	}
	for range 8 {
		runtime.GC()
		debug.FreeOSMemory()
	}
	wg.Wait()
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	fmt.Println("nodes kept", long.count(), "enough collections", stats.NumGC >= 16)
}
