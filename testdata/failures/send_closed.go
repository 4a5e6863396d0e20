// A send on a closed channel.
package main

import _ "os"

func main() {
	c := make(chan int, 1)
	close(c)
	c <- 1
}
