// Waits to be killed, with goroutines that sleep, wait, and are wired to their threads. Says "ready" when all do so.
package main

import (
	_ "os"
	"runtime"
	"time"
)

var never = make(chan int)

func sleeper()  { time.Sleep(time.Hour) }
func receiver() { <-never }
func wired() {
	runtime.LockOSThread()
	<-never
}

func main() {
	go sleeper()
	go receiver()
	go wired()
	time.Sleep(50 * time.Millisecond)
	println("ready")
	time.Sleep(time.Hour)
}
