// Long loops without calls: every goroutine has to be preempted by a signal
// before another gets its turn.
package main

import (
	"fmt"
	"os"
	"sync"
	"time"
)

func spin(n int) uint64 {
	x := uint64(n) | 1
	for i := 0; i < n; i++ {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

func main() {
	const workers = 12
	var wg sync.WaitGroup
	var sums [workers]uint64
	for i := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			sums[i] = spin(60_000_000)
		}()
	}
	wakeups := 0
	done := make(chan bool)
	go func() { wg.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-time.After(5 * time.Millisecond):
			wakeups++
		}
	}
	for _, s := range sums {
		if s != sums[0] {
			fmt.Println("workers disagree")
			os.Exit(1)
		}
	}
	fmt.Println("woken", wakeups, "times beside", workers, "loops")
}
