// Everybody waits for somebody: main for a value, a goroutine to get rid of one.
package main

import _ "os"

func produce(c chan int) {
	c <- 1
}

func main() {
	c, d := make(chan int), make(chan int)
	go produce(c)
	<-d
}
