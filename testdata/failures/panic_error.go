// A panic with an error value, in a goroutine that is not the first, below two calls.
package main

import (
	"errors"
	_ "os"
)

//go:noinline
func inner(n int) {
	if n > 0 {
		panic(errors.New("out of luck"))
	}
}

//go:noinline
func outer(n int) {
	inner(n)
	println("not reached")
}

func worker() {
	outer(1)
	println("not reached")
}

func main() {
	go worker()
	select {}
}
