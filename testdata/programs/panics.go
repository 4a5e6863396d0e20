// Panics that are caught in goroutines by the thousand, and one that is not:
// the program ends with status 2.
package main

import (
	"sync"
	"time"
)

func caught(n int) (got int) {
	defer func() { got = recover().(int) }()
	if n%2 == 0 {
		time.Sleep(time.Microsecond)
	}
	panic(n)
}

func main() {
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if caught(i) != i {
				panic("another's value")
			}
		}()
	}
	wg.Wait()
	go func() { panic("this one is not caught") }()
	select {}
}
