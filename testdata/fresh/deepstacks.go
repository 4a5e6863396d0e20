// Deep stacks, garbage, and floods of goroutines that end at once.
package main

import (
	"runtime"
	"sync"
)

func deep(n int, c chan int) int {
	var a [64]int
	if n == 0 {
		c <- 1
		runtime.Gosched()
		return 0
	}
	a[n%64] = n
	return deep(n-1, c) + a[n%64]
}

type t struct{ l, r *t }

func tree(d int) *t {
	if d == 0 {
		return &t{}
	}
	return &t{tree(d - 1), tree(d - 1)}
}

func main() {
	c := make(chan int, 4)
	var wg sync.WaitGroup
	for i := 0; i < 200; i++ {
		wg.Add(1)
		go func() { defer wg.Done(); deep(10+i*20, c) }()
	}
	for i := 0; i < 200; i++ {
		<-c
	}
	wg.Wait()
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 6; k++ {
				x := tree(13)
				_ = make([]byte, 3<<20)
				runtime.KeepAlive(x)
			}
		}()
	}
	wg.Wait()
	// A flood of goroutines from one.
	for k := 0; k < 3; k++ {
		for i := 0; i < 1500; i++ {
			wg.Add(1)
			go wg.Done()
		}
		wg.Wait()
		runtime.GC()
	}
}
