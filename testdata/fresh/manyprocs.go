// GOMAXPROCS between 1 and 300: more Ps than words of a mask have bits.
package main

import (
	"runtime"
	"sync"
)

func main() {
	for _, n := range []int{200, 3, 130, 64, 65, 1, 300, 2} {
		runtime.GOMAXPROCS(n)
		var wg sync.WaitGroup
		c := make(chan int, 10)
		for i := 0; i < 400; i++ {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for k := 0; k < 20; k++ {
					select {
					case c <- k:
					case <-c:
					}
					if k%7 == 0 {
						runtime.Gosched()
					}
				}
			}()
		}
		done := make(chan bool)
		go func() { wg.Wait(); close(done) }()
		for {
			select {
			case <-c:
				continue
			case c <- 1:
				continue
			case <-done:
			}
			break
		}
		runtime.GC()
	}
}
