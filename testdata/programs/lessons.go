// The four programs of docs/lessons, as small as they can be seen in: lessons pingpong|fan|calls|hog. See
// lessons/programs.cc for what each is about.
package main

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func compute(x uint64, rounds int) uint64 {
	for range rounds {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

// Pairs of which one always waits for the other.
func pingpong(pairs, trips int) {
	var wg sync.WaitGroup
	for range pairs {
		there, back := make(chan int), make(chan int)
		wg.Add(2)
		go func() {
			defer wg.Done()
			for range trips {
				back <- <-there + 1
			}
		}()
		go func() {
			defer wg.Done()
			for i := range trips {
				there <- i
				if <-back != i+1 {
					panic("the token")
				}
			}
		}()
	}
	wg.Wait()
}

// Many goroutines that live for a moment.
func fan(makers, batch int) {
	var sum atomic.Uint64
	var all sync.WaitGroup
	for range makers {
		all.Add(1)
		go func() {
			defer all.Done()
			var wg sync.WaitGroup
			for i := range batch {
				wg.Add(1)
				go func() {
					defer wg.Done()
					sum.Add(compute(uint64(i+1), 2000))
				}()
			}
			wg.Wait()
		}()
	}
	all.Wait()
}

// A call that the runtime knows as one that may block.
func sleepInSystem(d time.Duration) {
	ts := syscall.NsecToTimespec(int64(d))
	syscall.Nanosleep(&ts, nil)
}

// System calls beside work.
func calls(callers, sleeps int) {
	var wg sync.WaitGroup
	for range callers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range sleeps {
				sleepInSystem(time.Millisecond)
			}
		}()
	}
	for range 20 * sleeps {
		compute(1, 20000)
		runtime.Gosched()
	}
	wg.Wait()
}

// Goroutines that compute and call nothing, and a guest.
func hog(hogs int, length time.Duration) {
	var over atomic.Int32
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for over.Load() < int32(hogs) {
			sleepInSystem(time.Millisecond)
			runtime.Gosched()
		}
	}()
	sleepInSystem(3 * time.Millisecond)
	for range hogs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for end := time.Now().Add(length); time.Now().Before(end); {
				compute(1, 50000)
			}
			over.Add(1)
		}()
	}
	wg.Wait()
}

func main() {
	switch os.Args[1] {
	case "pingpong":
		pingpong(4, 10)
	case "fan":
		fan(2, 24)
	case "calls":
		calls(4, 3)
	case "hog":
		hog(4, 40*time.Millisecond)
	default:
		os.Exit(2)
	}
}
