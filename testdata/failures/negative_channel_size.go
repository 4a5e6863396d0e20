// A channel of negative size.
package main

import _ "os"

func main() {
	n := -1
	_ = make(chan int, n)
}
