// Allocations of hundreds of megabytes that have to be cleared: whoever does
// that cannot be interrupted and yields between two parts of it.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
)

var keep []byte

func main() {
	var turns atomic.Int64
	var stop atomic.Bool
	go func() {
		for !stop.Load() {
			turns.Add(1)
		}
	}()
	for i := range 8 {
		keep = make([]byte, 192<<20)
		for at := 0; at < len(keep); at += 4096 {
			if keep[at] != 0 {
				fmt.Println("not clear at", at)
				os.Exit(1)
			}
			keep[at] = byte(i + 1)
		}
		keep = nil
		runtime.GC()
	}
	stop.Store(true)
	fmt.Println("others ran meanwhile:", turns.Load() > 0)
}
