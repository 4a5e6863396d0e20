// A panic below more calls than a trace shows.
package main

import _ "os"

//go:noinline
func down(n int) int {
	if n == 0 {
		panic("at the bottom")
	}
	return down(n-1) + 1
}

func main() {
	println(down(150))
}
