// A channel is closed twice.
package main

import _ "os"

func main() {
	c := make(chan int)
	close(c)
	close(c)
}
