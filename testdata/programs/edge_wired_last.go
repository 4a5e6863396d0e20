// A wired goroutine ends, and with its thread the last one that could wake anybody: the end of the thread finds the
// deadlock.
package main

import (
	"runtime"
	"syscall"
)

func main() {
	never := make(chan bool)
	go func() {
		runtime.LockOSThread()
		t := syscall.Timespec{Nsec: 2_000_000}
		syscall.Nanosleep(&t, nil) // until then everybody else has gone to sleep
	}()
	<-never
}
