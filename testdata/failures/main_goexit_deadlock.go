// The main goroutine ends by Goexit, and those that are left wait for ever.
package main

import (
	_ "os"
	"runtime"
)

var never = make(chan int)

func worker() { <-never }

func main() {
	go worker()
	runtime.Goexit()
}
