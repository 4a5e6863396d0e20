// Short collections while threads go idle: a thread that takes an idle P for marking finds that no mark worker is
// free, and must put the P back.
package main

import (
	"runtime"
	"runtime/debug"
	"time"
)

type node struct{ next, other *node }

var keep *node

func main() {
	debug.SetGCPercent(5)
	for i := 0; i < 20000; i++ {
		keep = &node{next: keep}
		if i%7 == 0 {
			keep.other = keep.next
		}
	}
	stop := time.After(120 * time.Millisecond)
	wake := make(chan int)
	for range 6 {
		go func() {
			for range wake {
				time.Sleep(20 * time.Microsecond)
			}
		}()
	}
	go func() {
		for {
			runtime.GC()
		}
	}()
	for {
		select {
		case <-stop:
			return
		case wake <- 1:
		}
	}
}
