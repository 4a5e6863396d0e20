// A panic with other goroutines around: what GOTRACEBACK makes of it.
package main

import (
	_ "os"
	"runtime"
)

var never = make(chan int)

func waiter() { <-never }

//go:noinline
func fail() {
	panic("trouble")
}

func main() {
	go waiter()
	go waiter()
	for i := 0; i < 3; i++ {
		runtime.Gosched()
	}
	fail()
}
