// A recursion without end.
package main

import (
	_ "os"
	"runtime"
)

//go:noinline
func down(n int) int {
	return down(n+1) + 1
}

func main() {
	runtime.Gosched() // the finalizers' goroutine comes to its wait
	println(down(0))
}
