// A division by zero.
package main

import _ "os"

//go:noinline
func divide(a, b int) int {
	return a / b
}

func main() {
	println(divide(1, 0))
}
