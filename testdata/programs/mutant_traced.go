// An execution trace while goroutines come and go: its reader is scheduled before everybody else.
package main

import (
	"io"
	"runtime"
	"runtime/trace"
	"sync"
	"syscall"
	"time"
)

func main() {
	for round := 0; round < 2; round++ {
		if err := trace.Start(io.Discard); err != nil {
			panic(err)
		}
		var all sync.WaitGroup
		for i := 0; i < 300; i++ {
			all.Add(1)
			go func() {
				t := syscall.NsecToTimespec(int64(i%7) * 10000)
				syscall.Nanosleep(&t, nil)
				runtime.Gosched()
				all.Done()
			}()
			if i%50 == 0 {
				time.Sleep(200 * time.Microsecond)
			}
		}
		all.Wait()
		// Calls during which nothing else runs, and a wired goroutine that sleeps.
		for i := 0; i < 4; i++ {
			t := syscall.NsecToTimespec(12e6)
			syscall.Nanosleep(&t, nil)
			runtime.LockOSThread()
			time.Sleep(300 * time.Microsecond)
			runtime.UnlockOSThread()
		}
		trace.Stop()
	}
}
