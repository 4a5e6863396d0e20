// UnlockOSThread calls that have nothing to undo; afterwards their thread makes others, as one that is not wired does.
package main

import (
	"runtime"
	"syscall"
)

func pause() {
	t := syscall.Timespec{Nsec: 300_000}
	syscall.Nanosleep(&t, nil)
}

func main() {
	for range 3 {
		runtime.UnlockOSThread()
	}
	back := make(chan int)
	for n := range 4 {
		runtime.LockOSThread()
		runtime.UnlockOSThread()
		runtime.UnlockOSThread()
		for range n {
			go func() { pause(); back <- n }()
		}
		for range n {
			<-back
		}
	}
}
