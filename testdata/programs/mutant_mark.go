// A mark phase of many milliseconds while every P has work: dedicated workers are preempted, and
// send the queues behind them away; when the work ends early, idle Ps mark.
package main

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

type node struct {
	left, right *node
	pad         [4]int
}

func tree(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{left: tree(depth - 1), right: tree(depth - 1)}
}

var sink int

func compute(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for i := 0; i < 500; i++ {
			sink++
		}
	}
}

func main() {
	debug.SetGCPercent(-1)
	keep := tree(18)
	var all sync.WaitGroup
	var stop atomic.Bool
	for i := 0; i < 10; i++ {
		all.Add(1)
		go func() {
			for !stop.Load() {
				for k := 0; k < 3; k++ {
					all.Add(1)
					go func() {
						compute(50 * time.Microsecond)
						all.Done()
					}()
				}
				compute(100 * time.Microsecond)
				runtime.Gosched()
			}
			all.Done()
		}()
	}
	for i := 0; i < 3; i++ {
		runtime.GC()
	}
	stop.Store(true)
	all.Wait()
	for i := 0; i < 3; i++ {
		runtime.GC()
	}
	runtime.KeepAlive(keep)
}
