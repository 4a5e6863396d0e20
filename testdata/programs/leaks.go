// Looks for leaked goroutines, twice, while others run: those that the first search finds wait again for the second.
// From Go 1.27 on; the profile is an experiment in 1.26.
package main

import (
	"io"
	"runtime/pprof"
	"sync"
	"time"
)

func leak() {
	for range 3 {
		go func() { <-make(chan int) }()
	}
	time.Sleep(time.Millisecond) // all of them wait
}

func main() {
	stop := make(chan bool)
	var workers sync.WaitGroup
	for range 2 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			turns := make(chan int)
			for {
				select {
				case <-stop:
					return
				default:
					go func() { turns <- 1 }()
					<-turns
					time.Sleep(300 * time.Microsecond)
				}
			}
		}()
	}
	leaks := pprof.Lookup("goroutineleak")
	for range 2 {
		leak()
		if leaks != nil {
			leaks.WriteTo(io.Discard, 1)
		}
	}
	close(stop)
	workers.Wait()
	println(leaks.Count())
}
