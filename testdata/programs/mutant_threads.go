// More threads than the program allows itself.
package main

import (
	"runtime/debug"
	"syscall"
	"time"
)

func main() {
	debug.SetMaxThreads(9)
	for i := 0; i < 20; i++ {
		go func() {
			t := syscall.NsecToTimespec(int64(time.Second))
			syscall.Nanosleep(&t, nil)
		}()
	}
	time.Sleep(time.Second)
}
