// iter.Pull inside of iter.Pull, beside goroutines that want the processor as well.
package main

import (
	"iter"
	"runtime"
)

type tree struct {
	left, right *tree
	v           int
}

func build(from, to int) *tree {
	if from >= to {
		return nil
	}
	mid := (from + to) / 2
	return &tree{build(from, mid), build(mid+1, to), mid}
}

func walk(t *tree) iter.Seq[int] {
	return func(yield func(int) bool) {
		if t == nil {
			return
		}
		next, stop := iter.Pull(walk(t.left))
		defer stop()
		for v, ok := next(); ok; v, ok = next() {
			if !yield(v) {
				return
			}
		}
		if !yield(t.v) {
			return
		}
		next2, stop2 := iter.Pull(walk(t.right))
		defer stop2()
		for v, ok := next2(); ok; v, ok = next2() {
			if !yield(v) {
				return
			}
		}
	}
}

func main() {
	sums := make(chan int)
	for g := 0; g < 2; g++ {
		go func() {
			next, stop := iter.Pull(walk(build(0, 15)))
			sum, n := 0, 0
			for v, ok := next(); ok && n < 12-g; v, ok = next() {
				sum = sum*3 + v
				n++
				if n%4 == 0 {
					runtime.Gosched()
				}
			}
			stop()
			sums <- sum
		}()
	}
	println(<-sums + <-sums)
}
