// iter.Pull: coroutines that switch directly from one goroutine to another,
// nested, left early, and on a locked thread.
package main

import (
	"fmt"
	"iter"
	"os"
	"runtime"
	"sync"
)

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// merge pulls from two sequences by turns.
func merge(a, b iter.Seq[int]) iter.Seq[int] {
	return func(yield func(int) bool) {
		nextA, stopA := iter.Pull(a)
		defer stopA()
		nextB, stopB := iter.Pull(b)
		defer stopB()
		for {
			x, okA := nextA()
			if okA && !yield(x) {
				return
			}
			y, okB := nextB()
			if okB && !yield(y) {
				return
			}
			if !okA && !okB {
				return
			}
		}
	}
}

func sum(n int) int {
	total := 0
	next, stop := iter.Pull(merge(merge(count(n), count(n)), merge(count(n), count(n))))
	defer stop()
	for {
		v, ok := next()
		if !ok {
			return total
		}
		total += v
	}
}

func main() {
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if i%5 == 0 {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
			}
			if n := 100 + i; sum(n) != 4*n*(n-1)/2 {
				fmt.Println("wrong sum for", n)
				os.Exit(1)
			}
			next, stop := iter.Pull(count(10))
			next()
			stop() // the rest is never asked for
		}()
	}
	wg.Wait()
	fmt.Println("sums agree")
}
