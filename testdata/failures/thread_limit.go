// More threads than SetMaxThreads allows.
package main

import (
	_ "os"
	"runtime"
	"runtime/debug"
	"time"
)

func wired() {
	runtime.LockOSThread()
	select {}
}

func main() {
	debug.SetMaxThreads(10)
	for i := 0; i < 20; i++ {
		go wired()
		time.Sleep(time.Millisecond)
	}
	time.Sleep(time.Minute)
}
