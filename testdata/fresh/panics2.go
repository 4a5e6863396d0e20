// Panics in panics, faults, Goexit in deferred calls; main ends by Goexit and another goroutine exits.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
)

func rec(n int) {
	defer func() {
		if e := recover(); e != nil && n > 0 {
			panic(fmt.Errorf("at %d: %v", n, e != nil))
		}
	}()
	if n == 40 {
		var p *int
		*p = 1
	}
	rec(n + 1)
}

func main() {
	var wg sync.WaitGroup
	for i := 0; i < 30; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { recover() }()
			switch i % 6 {
			case 0:
				rec(0)
			case 1:
				runtime.Goexit()
			case 2:
				defer runtime.Goexit()
				panic("over")
			case 3:
				defer func() {
					defer func() { recover() }()
					panic(errors.New("again"))
				}()
				var m map[int]int
				m[1] = 2
			case 4:
				var a []int
				_ = a[i]
			case 5:
				ch := make(chan int)
				close(ch)
				close(ch)
			}
		}()
	}
	wg.Wait()
	go func() {
		defer os.Exit(7)
		defer runtime.Gosched()
		runtime.Goexit()
	}()
	runtime.Goexit()
}
