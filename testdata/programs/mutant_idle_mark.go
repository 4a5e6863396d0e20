// Very short collections, one after the other, while everybody but one goroutine idles: a thread that takes an idle P
// for marking finds that marking has ended, and must put the P back.
package main

import (
	"runtime/debug"
	"time"
)

type node struct{ left, right *node }

func tree(n int) *node {
	if n == 0 {
		return nil
	}
	return &node{tree((n - 1) / 2), tree(n - 1 - (n-1)/2)}
}

var keep *node
var junk []byte

func main() {
	debug.SetGCPercent(1)
	keep = tree(20000) // so that there is something to share for the markers
	go func() {
		for {
			junk = make([]byte, 4096)
		}
	}()
	time.Sleep(300 * time.Millisecond)
}
