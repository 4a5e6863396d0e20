// Finds a goroutine by polling without blocking, as early as can be: captured with a monitor whose thread comes late, this is
// the first thing that Go 1.25 does otherwise, and the ports of both sides of that change come to it.
package main

import (
	"os"
	"runtime"
)

func main() {
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	done := make(chan bool)
	go func() {
		r.Read(make([]byte, 1))
		done <- true
	}()
	runtime.Gosched() // it waits in the poller
	w.Write([]byte{1})
	<-done
}
