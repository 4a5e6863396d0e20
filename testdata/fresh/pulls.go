// Chains of iter.Pull, wired and not, with panics and Goexit through them, and one left behind.
package main

import (
	"fmt"
	"iter"
	"runtime"
	"sync"
	"time"
)

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n; i++ {
			if i%50 == 49 {
				runtime.Gosched()
			}
			if !yield(i) {
				return
			}
		}
	}
}

func mapped(s iter.Seq[int]) iter.Seq[int] {
	return func(yield func(int) bool) {
		next, stop := iter.Pull(s)
		defer stop()
		for {
			v, ok := next()
			if !ok || !yield(v+1) {
				return
			}
		}
	}
}

func main() {
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if i == 1 {
				runtime.LockOSThread()
			}
			s := count(200)
			for k := 0; k < 10; k++ {
				s = mapped(s)
			}
			sum := 0
			for v := range s {
				sum += v
				if i == 2 && v%64 == 0 {
					time.Sleep(10 * time.Microsecond)
				}
			}
			// Stopped halfway, panics that pass through, and Goexit in it.
			next, stop := iter.Pull2(func(yield func(int, string) bool) {
				defer func() { recover() }()
				yield(1, "a")
				panic("x")
			})
			next()
			next()
			stop()
			func() {
				defer func() { fmt.Println(recover()) }()
				next, stop := iter.Pull(func(yield func(int) bool) { yield(1); panic("through") })
				defer stop()
				next()
				next()
			}()
			done := make(chan bool)
			go func() {
				defer close(done)
				next, stop := iter.Pull(func(yield func(int) bool) { yield(1); runtime.Goexit() })
				defer stop()
				next()
				next()
			}()
			<-done
			// Left behind for good.
			n2, _ := iter.Pull(count(5))
			n2()
		}()
	}
	wg.Wait()
	runtime.GC()
	runtime.GC()
}
