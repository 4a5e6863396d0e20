// GOMAXPROCS goes up and down while goroutines, timers and channels keep every
// processor busy.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	stop := make(chan bool)
	var wg sync.WaitGroup
	var turns atomic.Int64
	for i := range 40 {
		in, out := make(chan int), make(chan int)
		wg.Add(2)
		go func() {
			defer wg.Done()
			for v := range in {
				out <- v + i
			}
		}()
		go func() {
			defer wg.Done()
			defer close(in)
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Duration(i%4) * time.Millisecond):
				default:
				}
				in <- i
				<-out
				turns.Add(1)
				runtime.Gosched()
			}
		}()
	}
	before := runtime.GOMAXPROCS(0)
	for _, n := range []int{1, 2, 4, 8, 3, 16, 1, 5, 2, 7, 1, 12, 4, 2, 1, 6} {
		time.Sleep(4 * time.Millisecond)
		runtime.GOMAXPROCS(n)
		if got := runtime.GOMAXPROCS(0); got != n {
			fmt.Println("GOMAXPROCS is", got, "and should be", n)
			os.Exit(1)
		}
	}
	runtime.GOMAXPROCS(before)
	close(stop)
	wg.Wait()
	fmt.Println(turns.Load() > 0)
}
