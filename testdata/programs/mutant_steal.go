// Work that others must steal: a goroutine made ready by one that then computes on, timers of a P
// that is busy, queues of every length.
package main

import (
	"runtime"
	"sync"
	"time"
)

var sink int

func compute(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		sink++
	}
}

func main() {
	// runnext of a P whose owner goes on.
	for i := 0; i < 60; i++ {
		c := make(chan int)
		go func() { c <- 1 }()
		compute(60 * time.Microsecond)
		<-c
	}
	// Queues of 1 to 9.
	for n := 1; n < 10; n++ {
		for round := 0; round < 4; round++ {
			var all sync.WaitGroup
			all.Add(n)
			for i := 0; i < n; i++ {
				go func() {
					compute(20 * time.Microsecond)
					all.Done()
				}()
			}
			compute(50 * time.Microsecond)
			all.Wait()
		}
	}
	// Timers of busy Ps.
	for i := 0; i < 20; i++ {
		c := make(chan bool, 8)
		for k := 1; k <= 4; k++ {
			time.AfterFunc(time.Duration(k)*200*time.Microsecond, func() { c <- true })
		}
		compute(900 * time.Microsecond)
		for k := 0; k < 4; k++ {
			<-c
		}
	}
	// Sleepers of different lengths: the next timer is on another P.
	var all sync.WaitGroup
	for i := 1; i <= 12; i++ {
		all.Add(1)
		go func() {
			for k := 0; k < 5; k++ {
				time.Sleep(time.Duration(i*70) * time.Microsecond)
				compute(30 * time.Microsecond)
			}
			all.Done()
		}()
	}
	all.Wait()
	// Mutexes that are worth a spin.
	var mu sync.Mutex
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func() {
			for k := 0; k < 200; k++ {
				mu.Lock()
				sink++
				mu.Unlock()
			}
			all.Done()
		}()
	}
	all.Wait()
	// Mutexes that are held so long that waiters are handed them.
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func() {
			for k := 0; k < 8; k++ {
				mu.Lock()
				compute(700 * time.Microsecond)
				mu.Unlock()
			}
			all.Done()
		}()
	}
	for i := 0; i < 20; i++ {
		all.Add(1)
		go func() {
			compute(50 * time.Microsecond)
			all.Done()
		}()
	}
	all.Wait()
	// Long slices end by preemption.
	for i := 0; i < runtime.GOMAXPROCS(0)+2; i++ {
		all.Add(1)
		go func() {
			for end := time.Now().Add(35 * time.Millisecond); time.Now().Before(end); {
				for k := 0; k < 1000; k++ {
					sink++
				}
			}
			all.Done()
		}()
	}
	all.Wait()
}
