// More goroutines than a run queue holds: overflow, the central list of dead goroutines, batches
// from the global queue, and changes of GOMAXPROCS while every queue is full.
package main

import (
	"runtime"
	"sync"
)

func burst(n int, body func()) {
	var all sync.WaitGroup
	all.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			body()
			all.Done()
		}()
	}
	all.Wait()
}

var sink int

func work(n int) {
	for i := 0; i < n; i++ {
		sink += i & 1
	}
}

// A stack that outgrows the size that is kept for reuse.
func deep(n int) int {
	var room [1024]byte
	if n == 0 {
		return int(room[0])
	}
	return deep(n-1) + int(room[n])
}

func main() {
	procs := runtime.GOMAXPROCS(0)
	burst(700, func() {})
	burst(300, func() { runtime.Gosched() })
	// Goroutines that die on another P than the one that made them.
	for i := 0; i < 4; i++ {
		burst(100, func() { work(2000) })
	}
	// Dead goroutines without a stack, among others.
	for i := 0; i < 3; i++ {
		burst(150, func() { sink += deep(sink & 7) })
		burst(150, func() { sink += deep(12) })
		burst(200, func() {})
	}
	for _, n := range []int{1, procs + 3, 2, procs, 1, procs} {
		var all sync.WaitGroup
		all.Add(150)
		for i := 0; i < 150; i++ {
			go func() {
				work(300)
				runtime.Gosched()
				all.Done()
			}()
		}
		runtime.GOMAXPROCS(n)
		all.Wait()
	}
	// Two that pass a token, so that the local queue is never empty, beside a global queue that waits.
	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v
		}
		close(pong)
	}()
	done := make(chan bool)
	go func() {
		for i := 0; i < 40; i++ {
			runtime.Gosched()
		}
		close(done)
	}()
	for i := 0; i < 500; i++ {
		ping <- i
		<-pong
	}
	close(ping)
	<-done
	runtime.GC()
	burst(100, func() {})
}
