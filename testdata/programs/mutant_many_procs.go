// Numbers of processors around the width of a word of the masks, up and down, with a little work for each.
package main

import (
	"runtime"
	"sync"
	"time"
)

func main() {
	var all sync.WaitGroup
	for _, n := range []int{32, 33, 31, 64, 65, 2, 33, 3} {
		runtime.GOMAXPROCS(n)
		for i := range 6 {
			all.Add(1)
			go func() {
				defer all.Done()
				if i%2 == 0 {
					time.Sleep(50 * time.Microsecond)
				}
			}()
		}
		all.Wait()
	}
}
