// The collector at work beside full queues: its workers, dedicated and idle, finalizers, the call on
// every P, stacks of dead goroutines, preemption by a scan.
package main

import (
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

type node struct {
	left, right *node
	pad         [6]int
}

func tree(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{left: tree(depth - 1), right: tree(depth - 1)}
}

var keep *node
var sink int

func compute(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for i := 0; i < 200; i++ {
			sink++
		}
	}
}

func main() {
	debug.SetGCPercent(20)
	keep = tree(14)
	var all sync.WaitGroup
	for i := 0; i < 3; i++ {
		all.Add(1)
		go func() {
			for k := 0; k < 3; k++ {
				t := tree(11)
				runtime.SetFinalizer(t, func(*node) { sink++ })
				runtime.Gosched()
			}
			all.Done()
		}()
	}
	all.Wait()
	// Collections with long local queues: a dedicated worker sends them away.
	for round := 0; round < 3; round++ {
		for i := 0; i < 60; i++ {
			all.Add(1)
			go func() {
				compute(100 * time.Microsecond)
				all.Done()
			}()
		}
		runtime.GC()
		all.Wait()
	}
	// A collection that nobody else disturbs: idle Ps mark.
	for i := 0; i < 12; i++ {
		runtime.GC()
		time.Sleep(100 * time.Microsecond)
	}
}
