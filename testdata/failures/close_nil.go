// A nil channel is closed.
package main

import _ "os"

func main() {
	var c chan int
	close(c)
}
