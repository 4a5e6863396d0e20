// Limits on threads: larger than any number, smaller than what there is already.
package main

import (
	"runtime/debug"
	"syscall"
	"time"
)

func main() {
	debug.SetMaxThreads(1 << 40)
	debug.SetMaxThreads(1<<31 - 1)
	debug.SetMaxThreads(1 << 31)
	for range 3 {
		go func() {
			t := syscall.NsecToTimespec(int64(50 * time.Millisecond))
			syscall.Nanosleep(&t, nil)
		}()
	}
	time.Sleep(20 * time.Millisecond)
	debug.SetMaxThreads(2)
}
